// Goal: the first screen: a name is enough in development mode; otherwise the token that the operator's own login gives.
import { element, listen, setText } from './dom.ts';
import { logo } from './icons.ts';
import { type Identity, identityOfToken } from './identity.ts';

const nameBytesMax = 128;

export function loginView(developmentMode: boolean, onLogin: (identity: Identity) => void): HTMLElement {
  const input = element('input', {
    id: 'login-input',
    class: 'login-input',
    name: 'name',
    autocomplete: developmentMode ? 'username' : 'off',
    autocapitalize: 'off',
    spellcheck: false,
    placeholder: developmentMode ? 'ada' : 'eyJ…',
    'aria-describedby': 'login-problem',
  });
  const problem = element('p', { id: 'login-problem', class: 'login-problem', role: 'alert' });
  const submit = (event: Event): void => {
    event.preventDefault();
    const identity = developmentMode ? identityOfName(input.value) : identityOfToken(input.value.trim());
    if (identity !== null) return onLogin(identity);
    setText(problem, developmentMode ? `Type a name of at most ${nameBytesMax} bytes.` : 'This is not a token (a JWT with a “sub”).');
    input.focus();
  };
  const form = listen(
    element(
      'form',
      { class: 'login-card' },
      logo(),
      element('h1', {}, 'Parley'),
      element('p', { class: 'login-lead' }, 'Messages that arrive. Every one, once.'),
      element('label', { for: 'login-input' }, developmentMode ? 'Your name' : 'Access token'),
      input,
      problem,
      element('button', { type: 'submit', class: 'primary-button' }, 'Start chatting'),
      element('p', { class: 'login-hint' }, developmentMode ? namesHint : tokenHint),
    ),
    { submit },
  );
  queueMicrotask(() => input.focus());
  return element('main', { class: 'login' }, form);
}

const namesHint = 'Open a second window and pick another name to talk to yourself as two people.';
const tokenHint = 'Your organisation’s login gives you this token. It stays in this tab only.';

function identityOfName(typed: string): Identity | null {
  const name = typed.trim();
  return name === '' || new TextEncoder().encode(name).length > nameBytesMax ? null : { name, token: null };
}
