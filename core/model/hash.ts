/**
 * The hash that places everything: MurmurHash3 x86 32, seed 0. It is fixed for ever; PROTOCOL.md has test vectors.
 *
 * Method: ids are hashed as their eight bytes big-endian, computed from the number without making the bytes.
 */

const twoTo32 = 0x1_0000_0000;

/** Hash of the eight big-endian bytes of an id (0 … 2^53 - 1): a u32. */
export function hashId(id: number): number {
  const low = id >>> 0;
  const high = ((id - low) / twoTo32) >>> 0;
  // MurmurHash3 reads its blocks little-endian.
  const hash = mixBlock(mixBlock(0, swapBytes(high)), swapBytes(low));
  return finish(hash, 8);
}

/** Hash of any bytes (names): a u32. */
export function hashBytes(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let hash = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    hash = mixBlock(hash, bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
  }
  if (at < end) {
    let tail = 0;
    for (let shift = 0; at < end; at++, shift += 8) tail |= bytes[at] << shift;
    hash ^= scramble(tail);
  }
  return finish(hash, end - start);
}

function mixBlock(hash: number, block: number): number {
  const mixed = hash ^ scramble(block);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function scramble(block: number): number {
  const scaled = Math.imul(block, 0xcc9e2d51);
  return Math.imul((scaled << 15) | (scaled >>> 17), 0x1b873593);
}

function finish(hash: number, length: number): number {
  let mixed = hash ^ length;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function swapBytes(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
