// Two users on a node, with the library as an application uses it.
import { onTestFinished } from 'vitest';
import type { Conversation, Message, Parley, ParleyOptions } from '../../../core/client/api.ts';
import { createParley, developmentToken } from '../../../core/client/node/index.ts';

export interface Place {
  readonly url: string;
  readonly streamPort?: number;
}

let lastName = 0;

/** A name that no other test has. */
export function freshName(name: string): string {
  return `${name}-${process.pid}-${++lastName}`;
}

/** A connected client that is closed with the test. */
export async function signIn(place: Place, name: string, options: Partial<ParleyOptions> = {}): Promise<Parley> {
  const url = options.transport === 'stream' ? `tcp://127.0.0.1:${place.streamPort}` : place.url;
  const parley = createParley({ url, token: () => developmentToken(place.url, name), ...options });
  onTestFinished(() => parley.close());
  await parley.connect();
  return parley;
}

/** Resolves when `holds()` does, looked at after each change. */
export async function until(parley: Parley, holds: () => boolean, what: string, ms = 10_000): Promise<void> {
  const endMs = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > endMs) throw new Error(`not in time: ${what} (${parley.state})`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function texts(conversation: Conversation): string[] {
  return conversation.messages.map((message) => message.text);
}

/** Messages of others as they come. */
export function inboxOf(parley: Parley): Message[] {
  const messages: Message[] = [];
  parley.on('message', ({ message }) => messages.push(message));
  return messages;
}
