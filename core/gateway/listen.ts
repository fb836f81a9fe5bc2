/**
 * Listening on a port that nobody else has.
 *
 * Method: uWebSockets shares ports by default, so a second node on the same port would take half of the connections in silence: it is
 * asked for the port alone. It does not say why it cannot listen: Node then tries the port, for the reason. And it sets SO_REUSEADDR only
 * on ports it was told, without which the port cannot be taken again while connections of an earlier node linger (FIN_WAIT, TIME_WAIT):
 * so a free port is found by Node and told.
 */

import type { TemplatedApp, us_listen_socket } from 'uWebSockets.js';
import { type AddressInfo, createServer } from 'node:net';

/** LIBUS_LISTEN_EXCLUSIVE_PORT, which the package's types declare as a type only. */
const exclusivePort = 1;
/** Another process may take a free port just found. */
const freePortTries = 10;

type ListenWithOptions = (host: string, port: number, options: number, done: (socket: us_listen_socket | false) => void) => TemplatedApp;

export interface Listening {
  readonly socket: us_listen_socket;
  readonly port: number;
}

/** Resolves with the listen socket and its port; port 0: a free one. @throws the reason as Node knows it (`code` EADDRINUSE, EACCES, …). */
export async function listenAlone(app: TemplatedApp, host: string, port: number): Promise<Listening> {
  for (let tries = 1; ; tries++) {
    const wanted = port === 0 ? await tryPort(host, 0) : port;
    const socket = await listen(app, host, wanted);
    if (socket !== null) return { socket, port: wanted };
    if (port !== 0 || tries >= freePortTries) {
      await tryPort(host, wanted);
      throw Object.assign(new Error(`uWebSockets cannot listen on ${host}:${wanted}`), { code: 'EADDRINUSE' });
    }
  }
}

function listen(app: TemplatedApp, host: string, port: number): Promise<us_listen_socket | null> {
  const listenWith = app.listen as unknown as ListenWithOptions;
  return new Promise((resolve) => {
    listenWith.call(app, host, port, exclusivePort, (socket) => resolve(socket === false ? null : socket));
  });
}

/** Takes the port for a moment; resolves with its number. */
function tryPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(port, host, () => {
      const { port: found } = server.address() as AddressInfo;
      server.close(() => resolve(found));
    });
  });
}
