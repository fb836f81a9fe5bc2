// Goal: the page's few icons, drawn with strokes in the text's colour. Method: path data in a table; no image is ever loaded.

const paths = {
  clock: 'M8 2.500a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.200l2 1.3',
  check: 'M3 8.500l3.2 3.200L13 4.8',
  checks: 'M1.5 8.700l3 3L11 5M8.2 11.300l.5.4L15 5.2',
  failed: 'M8 2.500a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5.200v3.300M8 10.700v.1',
  back: 'M10 3L5 8l5 5',
  more: 'M8 3.500v.01M8 8v.01M8 12.500v.01',
  search: 'M7 2.500a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.4 10.400L13.5 13.5',
  send: 'M8 13V3.500M3.8 7.500L8 3.300l4.2 4.2',
  down: 'M3.5 6L8 10.5 12.5 6',
  close: 'M4 4l8 8M12 4l-8 8',
  reply: 'M6.5 4L3 7.5 6.5 11M3.2 7.500H9a4 4 0 0 1 4 4',
  copy: 'M5.5 5.500h7v7h-7zM3.5 10.500v-7h7',
  edit: 'M3 13l.6-2.700L11 2.9 13.1 5 5.7 12.400z',
  trash: 'M3 4.500h10M6.3 4.300V3h3.400v1.300M4.4 4.700l.6 8.300h6l.6-8.3',
  block: 'M8 2.500a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M4.2 4.200l7.6 7.6',
  leave: 'M6.5 3H3.500v10h3M6.5 8h6.500M10.5 5.200L13.3 8l-2.8 2.8',
  note: 'M4.5 2.500h7v11L8 10.800l-3.5 2.700z',
  warning: 'M8 2.500L14.5 13.500h-13zM8 6.500v3M8 11.500v.1',
  cloud: 'M2.5 2.500l11 11M5 6a3 3 0 0 0-.5 6h6.700M7.2 4.600A3.8 3.8 0 0 1 12 7.900a2.1 2.1 0 0 1 1.3 3',
} as const;

export type IconName = keyof typeof paths;

/** A decoration: what it means stands in the text or the label next to it. */
export function icon(name: IconName): SVGElement {
  const svg = document.createElementNS(svgNamespace, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.append(path(paths[name]));
  return svg;
}

/** The speech bubble with three dots. */
export function logo(): SVGElement {
  const svg = icon('note');
  svg.setAttribute('viewBox', '0 0 32 32');
  svg.setAttribute('class', 'logo');
  svg.replaceChildren(
    path(
      'M9 8.500h9.500a5.5 5.5 0 0 1 0 11H15l-4.5 4.200v-4.200H9A1.5 1.5 0 0 1 7.5 18v-8A1.5 1.5 0 0 1 9 8.500zM12 14v.01M15.7 14v.01M19.4 14v.01',
    ),
  );
  return svg;
}

const svgNamespace = 'http://www.w3.org/2000/svg';

function path(data: string): SVGElement {
  const made = document.createElementNS(svgNamespace, 'path');
  made.setAttribute('d', data);
  return made;
}
