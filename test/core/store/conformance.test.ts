/** The conformance suite over the stores that need nothing installed. */
import { sealWith } from '../../../core/host/redis.ts';
import { CachingStore } from '../../../core/store/cache/caching-store.ts';
import { createMemoryStore } from '../../../core/store/memory-adapter.ts';
import { MapCache } from './cache/map-cache.ts';
import { conformance } from './conformance.ts';
import { EmbeddedTarget } from './embedded-target.ts';

conformance({
  name: 'memory',
  open: async () => createMemoryStore(),
  dispose: async () => {},
});
conformance({
  name: 'memory behind a cache',
  open: async () =>
    new CachingStore({ store: createMemoryStore(), cache: new MapCache(), seal: sealWith(Uint8Array.of(1)), space: 's', nowMs: () => 0 }),
  dispose: async () => {},
});
conformance(new EmbeddedTarget());
