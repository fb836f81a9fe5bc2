// Goal: start the page: ask the server how people log in, log in, connect, show the chats.
import type { Parley } from '../../../core/client/api.ts';
import { createParley, developmentToken } from '../../../core/client/browser/index.ts';
import { ChatApp } from './chat-app.ts';
import { ConnectionBanner } from './connection-banner.ts';
import { element } from './dom.ts';
import { icon } from './icons.ts';
import { currentIdentity, forgetIdentity, type Identity, keepIdentity } from './identity.ts';
import { loginView } from './login-view.ts';
import { loadServerConfig } from './server-config.ts';

const configRetryMs = 2_000;

const body = element('div', { class: 'page-body' });
const warning = element('div', { class: 'development' });
document.querySelector('#page')?.append(warning, body);
void start();

async function start(): Promise<void> {
  try {
    const { developmentMode } = await loadServerConfig();
    if (developmentMode) warning.replaceChildren(icon('warning'), 'Development mode: anyone can log in as anyone');
    const identity = currentIdentity();
    if (identity === null) showLogin(developmentMode);
    else await enter(identity, developmentMode);
  } catch {
    body.replaceChildren(element('p', { class: 'waiting' }, 'The server does not answer. Trying again…'));
    setTimeout(() => void start(), configRetryMs);
  }
}

function showLogin(developmentMode: boolean): void {
  document.title = 'Parley';
  const onLogin = (identity: Identity): void => {
    keepIdentity(identity);
    void enter(identity, developmentMode);
  };
  body.replaceChildren(loginView(developmentMode, onLogin));
}

async function enter(identity: Identity, developmentMode: boolean): Promise<void> {
  const parley = connectionOf(identity);
  const banner = new ConnectionBanner();
  let lastError = '';
  const leave = (why = ''): void => {
    stopWatching();
    forgetIdentity();
    void parley.close();
    showLogin(developmentMode);
    body.querySelector('.login-problem')?.replaceChildren(why);
  };
  parley.on('error', ({ message }) => {
    lastError = message;
  });
  const stopWatching = parley.on('state', (state) => {
    banner.update(state);
    // The library gave up by itself: a token that is not taken any more.
    if (state.state === 'offline') leave(lastError);
  });
  body.replaceChildren(banner.node, element('p', { class: 'waiting' }, `Hello ${identity.name}, one moment…`));
  try {
    const me = await parley.connect();
    body.replaceChildren(new ChatApp(parley, me, banner, () => leave()).node);
  } catch (error) {
    leave(error instanceof Error ? error.message : String(error));
  }
}

function connectionOf({ name, token }: Identity): Parley {
  return createParley({ token: token ?? (() => developmentToken(location.origin, name)) });
}
