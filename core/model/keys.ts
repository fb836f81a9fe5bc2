/**
 * Row keys (DESIGN 7): bytes, big-endian, compared as bytes. Row = u16 partition, u8 slot, then a tag byte.
 *
 * Method: each function writes one key into a writer that the caller reset; nothing is allocated. Names of functions follow the
 * table of ARCHITECTURE.md, "Rows". What a key says is fixed for ever.
 */
import type { FrameWriter } from '../protocol/writer.ts';

/** Tag bytes behind partition and slot. */
export const Tag = {
  fence: 0x00,
  obligation: 0x01,
  recentChanges: 0x02,
  account: 0x10,
  name: 0x10,
  inbox: 0x11,
  conversation: 0x20,
} as const;

/** Parts of a conversation, behind its id. */
export const Part = { head: 1, watermark: 2, sender: 3, event: 4, idempotency: 6 } as const;

const twoTo32 = 0x1_0000_0000;

/** Every key of a slot begins so. */
export function writeSlotPrefix(w: FrameWriter, partition: number, slot: number): void {
  w.u16(partition);
  w.u8(slot);
}

export function writeFenceKey(w: FrameWriter, partition: number, slot: number): void {
  writeSlotPrefix(w, partition, slot);
  w.u8(Tag.fence);
}

export function writeObligationKey(w: FrameWriter, partition: number, slot: number, a: number, b: number): void {
  writeSlotPrefix(w, partition, slot);
  w.u8(Tag.obligation);
  w.id53(a);
  w.id53(b);
}

/** First key of a tag, and with `tag + 1` the end of its range. */
export function writeTagKey(w: FrameWriter, partition: number, slot: number, tag: number): void {
  writeSlotPrefix(w, partition, slot);
  w.u8(tag);
}

export function writeRecentChangesKey(w: FrameWriter, partition: number, slot: number, epoch: number, batch: number): void {
  writeTagKey(w, partition, slot, Tag.recentChanges);
  w.id53(epoch);
  w.id53(batch);
}

export function writeAccountKey(w: FrameWriter, partition: number, slot: number, user: number): void {
  writeTagKey(w, partition, slot, Tag.account);
  w.id53(user);
}

/** Prefix of all inbox entries of a user. */
export function writeInboxPrefix(w: FrameWriter, partition: number, slot: number, user: number): void {
  writeTagKey(w, partition, slot, Tag.inbox);
  w.id53(user);
}

export function writeInboxKey(w: FrameWriter, partition: number, slot: number, user: number, a: number, b: number): void {
  writeInboxPrefix(w, partition, slot, user);
  w.id53(a);
  w.id53(b);
}

/** Prefix of one part of a conversation: its head (the whole key), its watermarks, senders, events or idempotency rows. */
export function writeConversationPart(w: FrameWriter, partition: number, slot: number, a: number, b: number, part: number): void {
  writeTagKey(w, partition, slot, Tag.conversation);
  w.id53(a);
  w.id53(b);
  w.u8(part);
}

export function writeWatermarkKey(w: FrameWriter, partition: number, slot: number, a: number, b: number, user: number): void {
  writeConversationPart(w, partition, slot, a, b, Part.watermark);
  w.id53(user);
}

export function writeSenderKey(
  w: FrameWriter,
  partition: number,
  slot: number,
  a: number,
  b: number,
  user: number,
  senderHigh: number,
  senderLow: number,
): void {
  writeConversationPart(w, partition, slot, a, b, Part.sender);
  w.id53(user);
  w.u64(senderHigh, senderLow);
}

/** The complement of seq: newest first. */
export function writeEventKey(w: FrameWriter, partition: number, slot: number, a: number, b: number, seq: number): void {
  writeConversationPart(w, partition, slot, a, b, Part.event);
  const low = seq >>> 0;
  w.u64(~((seq - low) / twoTo32) >>> 0, ~low >>> 0);
}

/** The key text is the application's; it ends the row key, so no length is needed. */
export function writeIdempotencyKey(
  w: FrameWriter,
  partition: number,
  slot: number,
  a: number,
  b: number,
  user: number,
  keyText: Uint8Array,
): void {
  writeConversationPart(w, partition, slot, a, b, Part.idempotency);
  w.id53(user);
  w.append(keyText);
}

/** Names table: hash, then the name itself (two names may share a hash). */
export function writeNameKey(w: FrameWriter, partition: number, slot: number, hash: number, name: Uint8Array): void {
  writeTagKey(w, partition, slot, Tag.name);
  w.u32(hash);
  w.append(name);
}

/** Cluster row that holds the store's random word. */
export const storeIdKey: Uint8Array = Uint8Array.from('storeId', (letter) => letter.charCodeAt(0));

/** Cluster row that holds the secret by which values of a cache are told from made up ones. */
export const cacheSecretKey: Uint8Array = Uint8Array.from('cacheSecret', (letter) => letter.charCodeAt(0));

/** Cluster row that holds, in one byte, the highest version of row values that a program wrote or may have written here. */
export const valueVersionKey: Uint8Array = Uint8Array.from('valueVersion', (letter) => letter.charCodeAt(0));

/** Reads 8 big-endian bytes of a key as an id. */
export function readKeyId(key: Uint8Array, at: number): number {
  const high = ((key[at] << 24) | (key[at + 1] << 16) | (key[at + 2] << 8) | key[at + 3]) >>> 0;
  const low = ((key[at + 4] << 24) | (key[at + 5] << 16) | (key[at + 6] << 8) | key[at + 7]) >>> 0;
  return high * twoTo32 + low;
}
