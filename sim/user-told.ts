/**
 * What a tab's application makes of what its session tells: histories see it, and the workload finds its next aims in it.
 */
import type { ClientEvent } from '../core/engine/client/client-events.ts';
import { othersNo } from '../core/model/unread.ts';
import { conversationKey } from './history/entry.ts';
import { errorCodeName } from './names.ts';
import { badgeFields, eventFields } from './recorder.ts';
import { textOf } from './text.ts';
import type { UserHost } from './user-host.ts';
import type { UserWorld } from './user-world.ts';

export function told(host: UserHost, world: UserWorld, event: ClientEvent): void {
  const { recorder } = world;
  switch (event.kind) {
    case 'state':
      host.state = event.state;
      if (event.state === 'live') host.sessionCameUp();
      return;
    case 'event': {
      const conversation = conversationKey(event.conversationA, event.conversationB);
      const fields = eventFields(conversation, event.event);
      host.shown.set(conversation, fields.seq);
      host.shownOthersNo.set(conversation, othersNo(event.event, host.userId));
      if (fields.author === host.userId && fields.kind === 1) {
        const seqs = host.application.ownSeqs.get(conversation);
        if (seqs === undefined) host.application.ownSeqs.set(conversation, [fields.seq]);
        else seqs.push(fields.seq);
      }
      recorder.add({ process: host.process, type: 'ok', op: 'event', user: host.userId, ...fields });
      return;
    }
    case 'outgoing': {
      const message = host.application.local.get(event.localId);
      if (message === undefined) throw new Error(`outgoing of an unknown localId ${event.localId}`);
      if (event.state === 'accepted') recorder.accepted(host.process, message, event.seq);
      else if (event.state === 'rejected' || event.state === 'refused') recorder.failed(host.process, message, errorCodeName(event.code));
      return;
    }
    case 'restored': {
      const conversation = conversationKey(event.conversationA, event.conversationB);
      const message = recorder.messageOf(conversation, host.userId, event.messageKind, event.target, textOf(event.body));
      if (message === undefined) throw new Error(`a restored send that nobody wrote: ${textOf(event.body)}`);
      host.application.local.set(event.localId, message);
      return;
    }
    case 'receipt': {
      const conversation = conversationKey(event.conversationA, event.conversationB);
      const { user, delivered, read } = event;
      host.watermarks.set(conversation, { delivered, read });
      recorder.add({ process: host.process, type: 'ok', op: 'receipt', conversation, member: user, delivered, read });
      return;
    }
    case 'undelivered': {
      const conversation = conversationKey(event.conversationA, event.conversationB);
      world.sometimes('undelivered shown');
      recorder.add({ process: host.process, type: 'ok', op: 'undelivered', user: host.userId, conversation, seq: event.seq });
      return;
    }
    case 'reset': {
      const conversation = event.conversationA === 0 ? '*' : conversationKey(event.conversationA, event.conversationB);
      if (conversation === '*') host.shown.clear();
      else host.shown.delete(conversation);
      host.said.forget(conversation);
      world.sometimes('reset shown');
      recorder.add({ process: host.process, type: 'info', op: 'reset', conversation, fromSeq: event.fromSeq });
      return;
    }
    case 'welcome':
      host.knowsUser = true;
      return;
    case 'conversation':
      recorder.add({ process: host.process, type: 'info', op: 'badge', ...badgeFields(host.userId, event.entry) });
      return;
    case 'typing':
    case 'error':
    case 'page':
    case 'entries':
    case 'userName':
    case 'done':
    case 'failed':
      return;
    default: {
      const never: never = event;
      throw new Error(`told ${JSON.stringify(never)}`);
    }
  }
}
