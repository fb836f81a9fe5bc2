// Goal: how far an own message got, as the small mark everybody knows: clock, ✓, ✓✓, coloured ✓✓.
import type { MessageState } from '../../../core/client/api.ts';
import { element } from './dom.ts';
import { type IconName, icon } from './icons.ts';

type OwnState = Exclude<MessageState, 'received'>;

const marks: Readonly<Record<OwnState, readonly [IconName, string]>> = {
  pending: ['clock', 'Waiting to be sent'],
  sent: ['clock', 'On its way'],
  accepted: ['check', 'Sent'],
  delivered: ['checks', 'Delivered'],
  read: ['checks', 'Read'],
  failed: ['failed', 'Not sent'],
};

/** null for messages of others. In notes to self nobody else reads: sent is all there is to say. */
export function ticks(state: MessageState, isSelf: boolean): HTMLElement | null {
  if (state === 'received') return null;
  const shown = isSelf && (state === 'delivered' || state === 'read') ? 'accepted' : state;
  const [name, label] = marks[shown];
  return element('span', { class: `ticks ticks-${shown}`, role: 'img', 'aria-label': label, title: label }, icon(name));
}
