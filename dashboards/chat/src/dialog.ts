// Goal: ask before something that cannot be taken back. Method: the browser's own modal dialog, which keeps the focus and closes on Esc.
import { element, listen } from './dom.ts';

export interface Question {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly onYes: () => void;
}

export function ask(question: Question): void {
  const yes = listen(element('button', { type: 'button', class: 'danger-button' }, question.yes), {
    click: () => {
      dialog.close();
      question.onYes();
    },
  });
  const no = listen(element('button', { type: 'button', class: 'plain-button' }, 'Cancel'), { click: () => dialog.close() });
  const dialog = listen(
    element(
      'dialog',
      { class: 'dialog', 'aria-labelledby': 'dialog-title' },
      element('h2', { id: 'dialog-title' }, question.title),
      element('p', {}, question.text),
      element('div', { class: 'dialog-buttons' }, no, yes),
    ),
    { close: () => dialog.remove() },
  );
  document.body.append(dialog);
  dialog.showModal();
  yes.focus();
}
