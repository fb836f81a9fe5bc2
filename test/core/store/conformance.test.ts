/** The conformance suite over the stores that need nothing installed. */
import { createMemoryStore } from '../../../core/store/memory-adapter.ts';
import { conformance } from './conformance.ts';
import { EmbeddedTarget } from './embedded-target.ts';

conformance({
  name: 'memory',
  open: async () => createMemoryStore(),
  dispose: async () => {},
});
conformance(new EmbeddedTarget());
