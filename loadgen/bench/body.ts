/** The numbers a message carries in its text: lane and number in the lane, sixteen hexadecimal digits. The rest is filling. */

export const bodyBytesMin = 16;

const digits = new Uint8Array([...'0123456789abcdef'].map((digit) => digit.charCodeAt(0)));

export function writeNumbersInBody(body: Uint8Array, lane: number, number: number): void {
  writeHex(body, 0, lane);
  writeHex(body, 8, number);
}

/** The number; -1 when the text is not one of `lane`. */
export function numberInBody(body: Uint8Array, lane: number): number {
  if (body.length < bodyBytesMin || readHex(body, 0) !== lane) return -1;
  return readHex(body, 8);
}

function writeHex(bytes: Uint8Array, at: number, value: number): void {
  for (let index = 7; index >= 0; index--) {
    bytes[at + index] = digits[value & 15];
    value >>>= 4;
  }
}

function readHex(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = 0; index < 8; index++) {
    const byte = bytes[at + index];
    const digit = byte >= 0x61 ? byte - 0x57 : byte - 0x30;
    if (digit < 0 || digit > 15) return -1;
    value = (value << 4) | digit;
  }
  return value >>> 0;
}
