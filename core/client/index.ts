/**
 * What `parley/client` exports in every environment; `node/index.ts` and `browser/index.ts` add `createParley` and their stores.
 */
export type * from './api.ts';
export { type Blame, type LocalCode, ParleyError } from './errors.ts';
export { MemoryStore } from './memory-store.ts';
export type { OpenedStore, OutboxStore } from './outbox-store.ts';
