// Goal: our UTF-8 is the standard's. Method: the platform's encoder and strict decoder are the reference.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8, utf8Length, validUtf8, wellFormed } from '../../../core/protocol/utf8.ts';

const reference = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

describe('strings', () => {
  it('are encoded as TextEncoder does, lone surrogates as U+FFFD', () => {
    const anyUnits = fc
      .array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd800, max: 0xdfff })))
      .map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(fc.oneof(anyUnits, fc.string({ unit: 'binary' })), (text) => {
        const expected = new TextEncoder().encode(text);
        expect([...encodeUtf8(text)]).toEqual([...expected]);
        expect(utf8Length(text)).toBe(expected.length);
        expect(wellFormed(text)).toBe(reference.decode(expected) === text);
      }),
      { numRuns: 1000 },
    );
  });

  it('of many characters are decoded in pieces', () => {
    const text = `${'a'.repeat(10_000)}ü€😀${'b'.repeat(5000)}`;
    expect(decodeUtf8(encodeUtf8(text))).toBe(text);
    expect(decodeUtf8(encodeUtf8(`x${text}y`), 1, 1 + utf8Length(text))).toBe(text);
  });
});

describe('bytes', () => {
  it('are valid exactly when the strict decoder takes them', () => {
    const hard = fc.constantFrom(
      0x00,
      0x7f,
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0xc0,
      0xc1,
      0xc2,
      0xdf,
      0xe0,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0xf5,
      0xff,
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(hard, hard, fc.nat(255)), { maxLength: 8 }), (list) => compare(Uint8Array.from(list))),
      { numRuns: 20_000 },
    );
  });

  it('of two and three bytes: all of them', () => {
    let wrong = 0;
    for (let first = 0xc0; first < 0x100; first++) {
      for (let second = 0; second < 0x100; second += second >= 0x7e && second < 0xc2 ? 1 : 31) {
        for (const rest of [[], [0x7f], [0x80], [0xbf], [0xc0], [0x80, 0x80], [0xbf, 0xbf], [0x80, 0xc0]]) {
          const bytes = Uint8Array.from([first, second, ...rest]);
          if (validUtf8(bytes) !== referenceTakes(bytes)) wrong++;
        }
      }
    }
    expect(wrong).toBe(0);
  });

  it.each([
    ['overlong NUL', [0xc0, 0x80]],
    ['overlong slash in three bytes', [0xe0, 0x80, 0xaf]],
    ['overlong in four bytes', [0xf0, 0x8f, 0xbf, 0xbf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a lone continuation', [0x80]],
    ['a cut sequence', [0xe2, 0x82]],
    ['a byte that never occurs', [0xff]],
  ])('%s is refused', (_name, list) => {
    expect(validUtf8(Uint8Array.from(list))).toBe(false);
    expect(decodeUtf8(Uint8Array.from([0x61, ...list]))).toBeNull();
  });

  it.each([
    ['U+FEFF', '\ufeff'],
    ['U+D7FF', '\ud7ff'],
    ['U+E000', '\ue000'],
    ['U+FFFF', '\uffff'],
    ['U+10FFFF', '\u{10ffff}'],
    ['U+0000', '\0'],
  ])('%s is taken', (_name, text) => {
    expect(decodeUtf8(encodeUtf8(text))).toBe(text);
  });
});

function compare(bytes: Uint8Array): void {
  expect(validUtf8(bytes)).toBe(referenceTakes(bytes));
  expect(decodeUtf8(bytes)).toBe(referenceTakes(bytes) ? reference.decode(bytes) : null);
}

function referenceTakes(bytes: Uint8Array): boolean {
  try {
    reference.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
