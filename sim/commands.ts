/**
 * Does what a command of the workload says: the application of its tab writes, reads, edits, looks around.
 */

import type { UserHost } from './user-host.ts';
import type { Command } from './workload.ts';
import type { World } from './world.ts';

export function runCommand(world: World, tab: UserHost, command: Command, deleted: Set<string>): void {
  if (!tab.up || !tab.knowsUser || world.userIds[command.user] === 0 || !world.userIds[command.peer]) return;
  if (world.faults.lastWords.forbids(command)) return;
  const { peer, text } = command;
  const name = text.split(' ')[0];
  switch (command.kind) {
    case 'send':
      tab.application.write(name, peer, 1, 0, text);
      return;
    case 'edit':
    case 'delete': {
      const target = tab.application.ownSeq(peer, command.pick);
      if (target === 0) return;
      // One deletion of a message a run, so that its content names it.
      const aim = `${tab.userId} ${world.userIds[peer]} ${target}`;
      if (command.kind === 'delete' && deleted.has(aim)) return;
      if (command.kind === 'delete') deleted.add(aim);
      if (command.kind === 'edit') tab.application.write(name, peer, 2, target, text);
      else tab.application.write(name, peer, 3, target, '');
      return;
    }
    case 'read':
      tab.application.read(peer);
      return;
    case 'typing':
      tab.application.typing(peer);
      return;
    case 'block':
    case 'unblock':
      tab.application.block(peer, command.kind === 'block');
      return;
    case 'history':
      tab.application.history(peer, 10);
      return;
    case 'list':
      tab.application.list(10);
      return;
    case 'flag':
      tab.application.flag(peer, command.pick & 3);
      return;
    default: {
      const never: never = command.kind;
      throw new Error(`command ${String(never)}`);
    }
  }
}
