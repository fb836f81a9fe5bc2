/**
 * Everybody in the kill test: users, their devices, and who talks to whom.
 *
 * Method: users stand in a circle and talk with those some places away, so that one person's conversations lie in many slots; a few pairs
 * talk much more. Some users have two devices, some keep their outbox in a file and are killed now and then.
 */
import { join } from 'node:path';
import { FileStore } from '../../core/client/node/file-store.ts';
import { signToken } from '../../core/gateway/auth/dev-tokens.ts';
import { checkLimits } from '../../core/protocol/limits.ts';
import type { Recorder } from '../../sim/recorder.ts';
import { Fleet } from '../fleet/fleet.ts';
import { StoreLine } from '../fleet/store-line.ts';
import { KillClient } from './kill-client.ts';
import { killLimits } from './limits.ts';

const tokenMs = 12 * 3600 * 1000;

export interface CrowdOptions {
  readonly recorder: Recorder;
  readonly secret: string;
  /** Where clients connect now. */
  readonly streamPort: () => number;
  /** Where the files of the file users are made. */
  readonly directory: string;
  /** A client's file could not be written. */
  readonly onFailure: (error: unknown) => void;
}

export class Crowd {
  readonly clients: KillClient[] = [];
  /** Of each user, the users it talks with. */
  readonly peers: readonly (readonly number[])[];
  private readonly options: CrowdOptions;
  private readonly fleet = new Fleet(checkLimits({ reconnectMaxMs: killLimits.reconnectMsMax }));
  private readonly tokens: string[] = [];
  private readonly userOf = new Map<KillClient, number>();
  private readonly ids: number[] = [];

  private constructor(options: CrowdOptions) {
    this.options = options;
    this.peers = Array.from({ length: killLimits.users }, (_, user) => peersOf(user));
  }

  static async create(options: CrowdOptions): Promise<Crowd> {
    const crowd = new Crowd(options);
    const key = new TextEncoder().encode(options.secret);
    for (let user = 0; user < killLimits.users; user++) {
      const { token } = await signToken(key, { name: `user${user}`, lifetimeMs: tokenMs });
      crowd.tokens.push(token);
      crowd.add(user, 0, user < killLimits.fileUsers);
      if (user % killLimits.secondDeviceEvery === 0) crowd.add(user, 1, false);
    }
    return crowd;
  }

  /** Begins all; resolves when each is live. */
  async begin(): Promise<void> {
    for (const client of this.clients) await client.begin();
  }

  /** New devices of the first users, which never saw anything. */
  async addLateDevices(): Promise<void> {
    for (let user = 0; user < killLimits.lateDevices; user++) await this.add(user, 2, false).begin();
  }

  /** Every connection breaks; they come again to where the server is then. */
  cutAll(): void {
    for (const client of this.clients) client.cut();
  }

  get areLive(): boolean {
    return this.clients.every((client) => client.isLive);
  }

  /** Those who are live have all their conversations on screen. */
  showAll(): void {
    for (const client of this.clients) {
      if (!client.isLive) continue;
      for (const peer of this.peers[this.userIndex(client)]) if (this.id(peer) > 0) client.show(this.id(peer));
    }
  }

  userIndex(client: KillClient): number {
    return this.userOf.get(client) ?? 0;
  }

  /** User id; 0: not known yet. */
  id(user: number): number {
    this.ids[user] ||= this.clients.find((client) => this.userIndex(client) === user && client.user > 0)?.user ?? 0;
    return this.ids[user];
  }

  async close(): Promise<void> {
    this.fleet.close();
    for (const client of this.clients) await client.end();
  }

  private add(user: number, device: number, hasFile: boolean): KillClient {
    const { recorder, streamPort, directory, onFailure } = this.options;
    const name = `u${user}.d${device}`;
    const openLine = () => new StoreLine(new FileStore(join(directory, `${name}.store`)), onFailure);
    const client = new KillClient({
      fleet: this.fleet,
      recorder,
      device: name,
      streamPort,
      token: this.tokens[user],
      ...(hasFile ? { openLine } : {}),
    });
    this.clients.push(client);
    this.userOf.set(client, user);
    return client;
  }
}

function peersOf(user: number): number[] {
  const { users, peerSteps } = killLimits;
  const peers = peerSteps.flatMap((step) => [(user + step) % users, (user - step + users) % users]);
  return [...new Set(peers)];
}
