// Goal: what someone wrote, as nodes: links can be clicked, emoji alone are shown large. Method: the text is cut into pieces; each becomes
// a text node or an anchor whose address was parsed and is http or https, so nothing in it can act.
import { element } from './dom.ts';

export interface TextPiece {
  readonly text: string;
  /** '' for plain text. */
  readonly address: string;
}

/** Emoji only are large up to this many. */
const largeEmojiMax = 4;
const linkPattern = /https?:\/\/[^\s<>"']+/gi;
const emojiPattern = /^(?:\p{Regional_Indicator}{2}|[\d#*]\uFE0F?\u20E3|(?![\d#*])\p{Emoji}.*)$/u;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function textNodes(text: string): Node[] {
  return textPieces(text).map((piece) =>
    piece.address === ''
      ? document.createTextNode(piece.text)
      : element('a', { href: piece.address, target: '_blank', rel: 'noopener noreferrer nofollow' }, piece.text),
  );
}

export function textPieces(text: string): TextPiece[] {
  const pieces: TextPiece[] = [];
  let done = 0;
  for (const match of text.matchAll(linkPattern)) {
    const link = withoutTrailingPunctuation(match[0]);
    if (!URL.canParse(link)) continue;
    if (match.index > done) pieces.push({ text: text.slice(done, match.index), address: '' });
    pieces.push({ text: link, address: new URL(link).href });
    done = match.index + link.length;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), address: '' });
  return pieces;
}

/** One to four emoji and nothing else. */
export function isEmojiOnly(text: string): boolean {
  const compact = text.replace(/\s/g, '');
  if (compact === '' || compact.length > largeEmojiMax * 14) return false;
  const segments = [...segmenter.segment(compact)];
  return segments.length <= largeEmojiMax && segments.every(({ segment }) => emojiPattern.test(segment));
}

/** One line for a list or a quotation. */
export function oneLine(text: string): string {
  return text.slice(0, 300).replace(/\s+/g, ' ').trim();
}

/** A full stop or bracket after an address belongs to the sentence, unless the bracket was opened within the address. */
function withoutTrailingPunctuation(link: string): string {
  let end = link.length;
  while (/[.,;:!?)\]}…]/.test(link.charAt(end - 1)) && !closesOwnBracket(link.slice(0, end))) end--;
  return link.slice(0, end);
}

function closesOwnBracket(link: string): boolean {
  return link.endsWith(')') && link.split('(').length >= link.split(')').length;
}
