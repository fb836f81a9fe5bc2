// Goal: what can be done with a message. Own ones can be edited and deleted.
import type { Message } from '../../../core/client/api.ts';
import type { MenuItem } from './menu.ts';

export interface MessageActions {
  reply(): void;
  edit(): void;
  copy(): void;
  remove(): void;
}

export function messageMenu(message: Message, actions: MessageActions): MenuItem[] {
  const items: MenuItem[] = [
    { label: 'Reply', icon: 'reply', run: actions.reply },
    { label: 'Copy text', icon: 'copy', run: actions.copy },
  ];
  if (!message.mine) return items;
  return [
    ...items,
    { label: 'Edit', icon: 'edit', run: actions.edit },
    { label: 'Delete', icon: 'trash', danger: true, run: actions.remove },
  ];
}
