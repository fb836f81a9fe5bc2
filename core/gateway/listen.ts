/**
 * Listening on a port that nobody else has.
 *
 * Method: uWebSockets shares ports by default, so a second node on the same port would take half of the connections in silence; and it
 * does not say why it cannot listen. So Node tries the port first, for the reason, and uWebSockets then asks for it alone.
 */

import uWS, { type TemplatedApp, type us_listen_socket } from 'uWebSockets.js';
import { createServer } from 'node:net';

/** LIBUS_LISTEN_EXCLUSIVE_PORT, which the package's types declare as a type only. */
const exclusivePort = 1;

type ListenWithOptions = (host: string, port: number, options: number, done: (socket: us_listen_socket | false) => void) => TemplatedApp;

/** Resolves with the listen socket and its port. @throws the reason as Node knows it (`code` EADDRINUSE, EACCES, …). */
export async function listenAlone(app: TemplatedApp, host: string, port: number): Promise<{ socket: us_listen_socket; port: number }> {
  if (port !== 0) await tryPort(host, port);
  const listen = app.listen as unknown as ListenWithOptions;
  return new Promise((resolve, reject) => {
    listen.call(app, host, port, exclusivePort, (socket) => {
      if (socket === false) reject(new Error(`uWebSockets cannot listen on ${host}:${port}`));
      else resolve({ socket, port: uWS.us_socket_local_port(socket) });
    });
  });
}

function tryPort(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => server.close(() => resolve()));
  });
}
