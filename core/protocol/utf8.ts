/**
 * UTF-8 without TextEncoder: the same code runs in the browser, in Node and in the simulator.
 *
 * Method: ASCII is the common case and takes a loop without branches on the byte; everything else goes by the table of
 * well-formed sequences (Unicode 3.9, table 3-7): overlong forms, surrogates and values above U+10FFFF are refused.
 */

/** Returns whether `bytes[start, end)` is well-formed UTF-8. */
export function validUtf8(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  let at = asciiPrefixEnd(bytes, start, end);
  while (at < end) {
    const first = bytes[at];
    if (first < 0x80) {
      at++;
      continue;
    }
    const size = sequenceSize(bytes, at, end);
    if (size === 0) return false;
    at += size;
  }
  return true;
}

/** Decodes `bytes[start, end)`; returns `null` when it is not well-formed. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string | null {
  let text = '';
  let at = start;
  while (at < end) {
    const asciiEnd = asciiPrefixEnd(bytes, at, end);
    if (asciiEnd > at) {
      text += asciiText(bytes, at, asciiEnd);
      at = asciiEnd;
      continue;
    }
    const size = sequenceSize(bytes, at, end);
    if (size === 0) return null;
    text += String.fromCodePoint(codePoint(bytes, at, size));
    at += size;
  }
  return text;
}

/** Number of UTF-8 bytes of a string; a lone surrogate counts as U+FFFD (3 bytes). */
export function utf8Length(text: string): number {
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(at + 1))) {
      length += 4;
      at++;
    } else length += 3;
  }
  return length;
}

/** Writes a string at `at` of `target`, which must have `utf8Length(text)` bytes of room; returns the position after it. */
export function writeUtf8(text: string, target: Uint8Array, at: number): number {
  let position = at;
  for (let index = 0; index < text.length; index++) {
    let unit = text.charCodeAt(index);
    if (unit < 0x80) {
      target[position++] = unit;
      continue;
    }
    if (unit < 0x800) {
      target[position++] = 0xc0 | (unit >> 6);
      target[position++] = 0x80 | (unit & 0x3f);
      continue;
    }
    if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(index + 1))) {
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(++index) & 0x3ff);
      target[position++] = 0xf0 | (point >> 18);
      target[position++] = 0x80 | ((point >> 12) & 0x3f);
      target[position++] = 0x80 | ((point >> 6) & 0x3f);
      target[position++] = 0x80 | (point & 0x3f);
      continue;
    }
    if (unit >= 0xd800 && unit < 0xe000) unit = replacement;
    target[position++] = 0xe0 | (unit >> 12);
    target[position++] = 0x80 | ((unit >> 6) & 0x3f);
    target[position++] = 0x80 | (unit & 0x3f);
  }
  return position;
}

/** Encodes a string; a lone surrogate becomes U+FFFD (test with `wellFormed` first where that matters). */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

/** Returns whether a string has no lone surrogate, so that UTF-8 can carry it unchanged. */
export function wellFormed(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0xd800 || unit >= 0xe000) continue;
    if (!isHighSurrogate(unit) || !isLowSurrogate(text.charCodeAt(at + 1))) return false;
    at++;
  }
  return true;
}

const replacement = 0xfffd;

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** Eight bytes a step while they are all ASCII. */
function asciiPrefixEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const lastStep = end - 8;
  while (at <= lastStep) {
    const all = bytes[at] | bytes[at + 1] | bytes[at + 2] | bytes[at + 3] | bytes[at + 4] | bytes[at + 5] | bytes[at + 6] | bytes[at + 7];
    if (all >= 0x80) break;
    at += 8;
  }
  while (at < end && bytes[at] < 0x80) at++;
  return at;
}

/** Eight characters a call: many times faster than one at a time or an argument list of unknown length. */
function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let at = start;
  for (; at + 8 <= end; at += 8) {
    text += String.fromCharCode(
      bytes[at],
      bytes[at + 1],
      bytes[at + 2],
      bytes[at + 3],
      bytes[at + 4],
      bytes[at + 5],
      bytes[at + 6],
      bytes[at + 7],
    );
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at]);
  return text;
}

/** Size of the well-formed multi-byte sequence at `at`, or 0. */
function sequenceSize(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at];
  if (first < 0xc2) return 0;
  if (first < 0xe0) return at + 2 <= end && isContinuation(bytes[at + 1]) ? 2 : 0;
  if (first < 0xf0) {
    if (at + 3 > end) return 0;
    const second = bytes[at + 1];
    const lowest = first === 0xe0 ? 0xa0 : 0x80;
    const highest = first === 0xed ? 0x9f : 0xbf;
    return second >= lowest && second <= highest && isContinuation(bytes[at + 2]) ? 3 : 0;
  }
  if (first > 0xf4 || at + 4 > end) return 0;
  const second = bytes[at + 1];
  const lowest = first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xf4 ? 0x8f : 0xbf;
  return second >= lowest && second <= highest && isContinuation(bytes[at + 2]) && isContinuation(bytes[at + 3]) ? 4 : 0;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function codePoint(bytes: Uint8Array, at: number, size: number): number {
  if (size === 2) return ((bytes[at] & 0x1f) << 6) | (bytes[at + 1] & 0x3f);
  if (size === 3) return ((bytes[at] & 0x0f) << 12) | ((bytes[at + 1] & 0x3f) << 6) | (bytes[at + 2] & 0x3f);
  return ((bytes[at] & 0x07) << 18) | ((bytes[at + 1] & 0x3f) << 12) | ((bytes[at + 2] & 0x3f) << 6) | (bytes[at + 3] & 0x3f);
}
