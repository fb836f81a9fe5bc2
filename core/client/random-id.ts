/** A random id, 1 … 2^53 - 1. */
export function randomId53(fill: (words: Uint32Array<ArrayBuffer>) => void): number {
  const words = new Uint32Array(2);
  fill(words);
  return (words[0] >>> 11) * 0x1_0000_0000 + words[1] || 1;
}

/** 32 hexadecimal digits. */
export function randomHex(fill: (words: Uint32Array<ArrayBuffer>) => void): string {
  const words = new Uint32Array(4);
  fill(words);
  return Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
}
