/**
 * Mutants of the server for the kill test: faults that show when the process dies, but its page cache lives.
 *
 * Those of the embedded store that a power cut alone shows are with the disk model (sim/mutants/disk.ts).
 */
import { acceptedBeforeDurable } from '../../sim/mutants/delivery.ts';
import type { Mutant } from '../../sim/mutants/mutant.ts';

export const killMutants: readonly Mutant[] = [
  {
    name: 'journal-write-behind',
    bug: 'the journal acknowledges records that it only writes a tenth of a second later',
    file: 'core/store/embedded/node-files.ts',
    find: '    fs.write(descriptor, bytes, 0, bytes.length, offset, (error, count) => {',
    replace:
      '    if (bytes.length > 512) {\n' +
      '      const later = bytes.slice();\n' +
      '      const behind = (globalThis.behind ??= []);\n' +
      '      behind.push(() => fs.writeSync(descriptor, later, 0, later.length, offset));\n' +
      '      if (behind.length === 1) setTimeout(() => behind.splice(0).forEach((write) => write()), 100);\n' +
      '      setImmediate(() => done(true));\n' +
      '      return;\n' +
      '    }\n' +
      '    fs.write(descriptor, bytes, 0, bytes.length, offset, (error, count) => {',
    killedBy: ['accepted means durable'],
  },
  {
    name: 'replay-skips-last',
    bug: 'recovery writes the last record of the journal again, but without its rows',
    file: 'core/store/embedded/machines/store-machine.ts',
    find: 'copy.appendRaw(bytes, from, to);',
    replace: 'copy.appendRaw(bytes, from, from);',
    killedBy: ['accepted means durable'],
  },
  {
    name: 'duplicates-forgotten',
    bug: 'a sender that is loaded from its row does not know its last outcomes any more',
    file: 'core/model/sender-outcomes.ts',
    find: 'this.push(high, low, r.u32(), r.u8(), r.varint());',
    replace: 'this.push(high ^ 1, low, r.u32(), r.u8(), r.varint());',
    killedBy: ['exactly once'],
  },
  acceptedBeforeDurable,
  {
    name: 'obligations-not-redone',
    bug: 'what a slot owes to inboxes is not looked at after a start',
    file: 'core/engine/slot/slots.ts',
    find: 'this.hooks.claimed(slot, obligations, claim.own);',
    replace: 'this.hooks.claimed(slot, [], claim.own);',
    killedBy: ['nobody missed', 'rest'],
  },
];
