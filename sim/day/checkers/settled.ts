/**
 * Promises 5 and 6 after the day, when everything is at rest: each inbox entry knows its conversation's head and how many messages the other wrote;
 * its read watermark and the conversation's two watermarks are what devices said, no more and no less; nothing is owed to anybody.
 */
import { readEntryValue, readWatermark } from '../../../core/model/values.ts';
import { newEntryStruct } from '../../../core/protocol/generated/structs.ts';
import type { DayLog } from '../day-log.ts';
import type { DayStore } from '../day-store.ts';
import type { Population } from '../population.ts';
import type { Violations } from '../violations.ts';
import type { DeviceChecks } from './device-checks.ts';

const nobodyMissed = 'nobody is missed';
const receipts = 'receipts converge';

export function checkSettled(population: Population, store: DayStore, log: DayLog, checks: DeviceChecks, violations: Violations): void {
  const entry = newEntryStruct();
  for (let conversation = 0; conversation < population.conversations; conversation += 1) {
    const head = log.heads[conversation];
    for (let side = 0; side < 2; side += 1) {
      const at = 2 * conversation + side;
      const who = `user ${side === 0 ? population.evenMember(conversation) : population.oddMember(conversation)} of conversation ${conversation}`;
      readEntryValue(store.entry(conversation, side), entry);
      const others = log.authorNos[2 * conversation + 1 - side];
      if (entry.lastSeq !== head) violations.add(nobodyMissed, `the inbox of ${who} knows ${entry.lastSeq} of ${head} events`);
      if (entry.lastOthersNo !== others)
        violations.add('unread is true', `the inbox of ${who} counts ${entry.lastOthersNo} messages of the other, who wrote ${others}`);
      if (entry.readSeq !== checks.readMax[at])
        violations.add(receipts, `the inbox of ${who} is read up to ${entry.readSeq}, devices said ${checks.readMax[at]}`);
      const { delivered, read } = readWatermark(store.watermark(conversation, side));
      const said = Math.max(checks.ackedMax[at], checks.readMax[at]);
      if (delivered !== said) violations.add(receipts, `${who} is said to have ${delivered}, devices said ${said}`);
      if (read !== checks.readMax[at]) violations.add(receipts, `${who} is said to have read ${read}, devices said ${checks.readMax[at]}`);
    }
  }
  if (store.openObligations > 0) violations.add(nobodyMissed, `${store.openObligations} conversations still owe an event to an inbox`);
}
