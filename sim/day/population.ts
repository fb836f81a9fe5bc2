/**
 * Who takes part in a day, without a list of them: users, their devices and their conversations follow from numbers.
 *
 * Method: half of the users lie in a partition of node 0, the others in one of node 1, in whole slots at full density; each conversation has one
 * member on either side, so that every message takes the hops that it takes in a fleet. Users are numbered so that even ones lie on node 0;
 * the number stands in the id's high word, so that the lower user of a conversation, whose slot is its home, is on either side as often.
 * Of the user with index i of a side, conversation r leads to index (i + offset[r]) mod n of the other.
 */
import { mix } from '../random.ts';
import { conversationsPerUser, devicesPermille, slotsPerDay, usersPerPartition } from './limits.ts';
import { idIn, nameEndIn } from './placed-hash.ts';

/** Partitions of node 0 and node 1. */
export const partitionsOfNodes = [17, 611] as const;
const twoTo32 = 0x1_0000_0000;

export class Population {
  readonly seed: number;
  /** Of both sides. */
  readonly slots: number;
  readonly slotsPerSide: number;
  readonly usersPerSide: number;
  readonly users: number;
  readonly conversations: number;
  readonly devices: number;
  /** Device numbers of user u: from `firstDevice[u]` to below `firstDevice[u + 1]`. */
  readonly firstDevice: Int32Array;
  readonly userOfDevice: Int32Array;
  readonly ids: Float64Array;
  readonly #nameEnds: Uint32Array;
  readonly #offsets: Int32Array;
  /** By offset above the least one: which rank has it; -1: none. */
  readonly #rankOfOffset: Int8Array;
  readonly #offsetMin: number;

  /** @param slots even: half of them on each side. */
  constructor(seed: number, slots: number) {
    this.seed = seed;
    this.slots = slots;
    this.slotsPerSide = slots / 2;
    this.usersPerSide = Math.round((usersPerPartition * slots) / slotsPerDay / 2);
    this.users = 2 * this.usersPerSide;
    this.conversations = this.usersPerSide * conversationsPerUser;
    this.firstDevice = new Int32Array(this.users + 1);
    this.ids = new Float64Array(this.users);
    this.#nameEnds = new Uint32Array(this.users);
    this.#offsets = new Int32Array(conversationsPerUser);
    for (let user = 0; user < this.users; user += 1) this.#place(user);
    this.devices = this.firstDevice[this.users];
    this.userOfDevice = new Int32Array(this.devices);
    for (let user = 0; user < this.users; user += 1) this.userOfDevice.fill(user, this.firstDevice[user], this.firstDevice[user + 1]);
    const span = Math.floor(this.usersPerSide / 16);
    this.#offsetMin = Math.floor((this.usersPerSide - span) / 2);
    this.#rankOfOffset = new Int8Array(span).fill(-1);
    this.#spread(span);
  }

  nodeOf(user: number): number {
    return user & 1;
  }

  /** Slot of the user within its side. */
  slotOf(user: number): number {
    return (user >>> 1) % this.slotsPerSide;
  }

  /** The number of the user with this id; it is there. */
  userOf(id: number): number {
    return ((id / twoTo32) | 0) - 1;
  }

  /** Eight printable letters. */
  nameOf(user: number): string {
    return textOf(nameStart(user)) + textOf(this.#nameEnds[user]);
  }

  userOfName(bytes: Uint8Array, at: number): number {
    let user = 0;
    for (let index = 3; index >= 0; index -= 1) user = user * 64 + (bytes[at + index] - 0x30);
    return user;
  }

  /** The user at the other end of a user's conversation of this rank. */
  peerOf(user: number, rank: number): number {
    const n = this.usersPerSide;
    const index = user >>> 1;
    const offset = this.#offsets[rank];
    if ((user & 1) === 0) return 2 * ((index + offset) % n) + 1;
    return 2 * ((index - offset + n) % n);
  }

  /** Number of a user's conversation of this rank; both members compute the same. */
  conversationOf(user: number, rank: number): number {
    const even = (user & 1) === 0 ? user : this.peerOf(user, rank);
    return (even >>> 1) * conversationsPerUser + rank;
  }

  /** Which of its conversations two users share; -1: none. */
  rankOf(user: number, peer: number): number {
    if (((user ^ peer) & 1) === 0) return -1;
    const isEven = (user & 1) === 0;
    const even = (isEven ? user : peer) >>> 1;
    const odd = (isEven ? peer : user) >>> 1;
    const n = this.usersPerSide;
    const offset = odd >= even ? odd - even : odd - even + n;
    const index = offset - this.#offsetMin;
    return index >= 0 && index < this.#rankOfOffset.length ? this.#rankOfOffset[index] : -1;
  }

  /** The member on node 0, and the one on node 1. */
  evenMember(conversation: number): number {
    return 2 * ((conversation / conversationsPerUser) | 0);
  }

  oddMember(conversation: number): number {
    return this.peerOf(this.evenMember(conversation), conversation % conversationsPerUser);
  }

  #place(user: number): void {
    const key = mix(mix(this.seed, 0x70656f70), user);
    const partition = partitionsOfNodes[this.nodeOf(user)];
    this.ids[user] = idIn(user + 1, partition, this.slotOf(user), key);
    this.#nameEnds[user] = nameEndIn(nameStart(user), partition, this.slotOf(user), key);
    const chance = (mix(key, 1) >>> 0) % 1000;
    let devices = 1;
    for (let below = devicesPermille[0]; chance >= below && devices < devicesPermille.length; devices += 1)
      below += devicesPermille[devices];
    this.firstDevice[user + 1] = this.firstDevice[user] + devices;
  }

  /**
   * Different offsets: no two users share two conversations. All are near half of the users, so that the lower member, the home, is on either side
   * as often.
   */
  #spread(span: number): void {
    for (let rank = 0; rank < conversationsPerUser; rank += 1) {
      let draw = (mix(mix(this.seed, 0x6f666673), rank) >>> 0) % span;
      while (this.#rankOfOffset[draw] >= 0) draw = (draw + 1) % span;
      this.#rankOfOffset[draw] = rank;
      this.#offsets[rank] = this.#offsetMin + draw;
    }
  }
}

/** Four letters for a number below 2^24, little-endian. */
function nameStart(user: number): number {
  let word = 0;
  for (let index = 0; index < 4; index += 1) word |= (((user >>> (6 * index)) & 63) + 0x30) << (8 * index);
  return word;
}

function textOf(word: number): string {
  return String.fromCharCode(word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24);
}
