// Goal: what people write becomes links only where it may, and emoji alone are recognised.
import { expect, it } from 'vitest';
import { isEmojiOnly, oneLine, textPieces } from '../../dashboards/chat/src/text.ts';

const links = (text: string): string[] => textPieces(text).flatMap(({ address }) => (address === '' ? [] : [address]));

it('keeps every character of the text', () => {
  const text = 'a (https://x.org/a_(b)) and http://y.org?q=1, also javascript:alert(1) <b>https://z.org</b>\nend.';
  expect(
    textPieces(text)
      .map((piece) => piece.text)
      .join(''),
  ).toBe(text);
});

it('links http and https only, without the punctuation around', () => {
  expect(links('see https://x.org/a.')).toEqual(['https://x.org/a']);
  expect(links('(https://x.org/a)')).toEqual(['https://x.org/a']);
  expect(links('https://x.org/a_(b)')).toEqual(['https://x.org/a_(b)']);
  expect(links('"https://x.org", http://y.org!')).toEqual(['https://x.org/', 'http://y.org/']);
  expect(links('javascript:alert(1) data:text/html,x file:///etc/passwd https:// http://')).toEqual([]);
  expect(links('HTTPS://X.ORG/Ü')).toEqual(['https://x.org/%C3%9C']);
});

it('sees emoji that stand alone', () => {
  for (const text of ['😂', '👩‍💻🚀', '❤️', '🇩🇪 🇫🇷', '1️⃣', '👍🏽👍🏽👍🏽👍🏽']) expect([text, isEmojiOnly(text)]).toEqual([text, true]);
  for (const text of ['', ' ', '1', '42', '#', 'a😂', '😂😂😂😂😂', '…', 'ok']) expect([text, isEmojiOnly(text)]).toEqual([text, false]);
});

it('makes one line of many', () => {
  expect(oneLine(' a\n\n b\tc ')).toBe('a b c');
});
