/**
 * What the store's cache asks of the place where copies lie. Nothing in it is trusted: it may lose, keep too long, mix up or make up what it
 * gives (`chunk.ts` tells), and it never fails: what cannot be had in time is not there.
 */
export interface Cache {
  /** Values in the order of their keys, `null` where there is none. The keys are of one partition. Answers after the call returned. */
  read(keys: readonly string[], done: (values: readonly (Uint8Array | null)[]) => void): void;
  /** The value is copied or sent at once. */
  write(key: string, value: Uint8Array): void;
  remove(keys: readonly string[]): void;
  close(): void;
}

/** Bytes that only who knows this store's secret can make for this key and body; `sealBytes` of them. */
export type Seal = (key: string, body: Uint8Array) => Uint8Array;

export const sealBytes = 16;
