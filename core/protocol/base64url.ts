/** Base64url without padding (RFC 4648, section 5), for `bytes` fields in JSON. */
import { noBytes } from './bytes.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export function encodeBase64url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const word = (bytes[at] << 16) | ((left > 1 ? bytes[at + 1] : 0) << 8) | (left > 2 ? bytes[at + 2] : 0);
    text += alphabet[word >> 18] + alphabet[(word >> 12) & 63];
    if (left > 1) text += alphabet[(word >> 6) & 63];
    if (left > 2) text += alphabet[word & 63];
  }
  return text;
}

/** Returns null for anything but the one encoding of some bytes. */
export function decodeBase64url(text: string): Uint8Array | null {
  const size = Math.floor((text.length * 3) / 4);
  if (text.length % 4 === 1) return null;
  if (size === 0) return noBytes;
  const bytes = new Uint8Array(size);
  let word = 0;
  let bits = 0;
  let position = 0;
  for (const letter of text) {
    const value = alphabet.indexOf(letter);
    if (value < 0) return null;
    word = ((word << 6) | value) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[position++] = word >> bits;
  }
  return (word & ((1 << bits) - 1)) === 0 ? bytes : null;
}
