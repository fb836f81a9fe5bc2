/** Keys as bytes: order, equality, text for messages and maps. */

/** As HBase orders rows: unsigned bytes, a prefix before what it begins. */
export function compareKeys(left: Uint8Array, right: Uint8Array): number {
  const shared = left.length < right.length ? left.length : right.length;
  for (let index = 0; index < shared; index += 1) {
    const difference = left[index] - right[index];
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

export function equalKeys(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && compareKeys(left, right) === 0;
}

/** One character a byte: for map keys and names that are ASCII, never sent as UTF-8. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** Bytes of a text of ASCII characters. */
export function ascii(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

/** A key for people. */
export function keyText(key: Uint8Array): string {
  return latin1(key).replace(/[^\x20-\x7e]|\\/g, (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
