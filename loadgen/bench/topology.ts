/**
 * Who talks with whom: `conversations` direct conversations among `users`, the same number a user as far as it goes.
 *
 * Method: with at most one conversation for two users they are pairs; with more, user i talks with the next ones on a ring. A *lane* is one
 * direction of a conversation: 2 · conversation + side, where side 0 is the conversation's first user. Nothing is stored but ids of users.
 */
export class Topology {
  readonly users: number;
  readonly conversations: number;
  /** User ids by index, once known. */
  readonly ids: Float64Array;
  private readonly isPairs: boolean;
  private readonly indexOfId = new Map<number, number>();

  constructor(users: number, conversations: number) {
    if (conversations > conversationsMax(users))
      throw new RangeError(`${users} users have at most ${conversationsMax(users)} conversations`);
    this.users = users;
    this.conversations = conversations;
    this.ids = new Float64Array(users);
    this.isPairs = conversations * 2 <= users;
  }

  get lanes(): number {
    return this.conversations * 2;
  }

  setId(user: number, id: number): void {
    this.ids[user] = id;
    this.indexOfId.set(id, user);
  }

  /** Index of the user who writes on this lane. */
  authorOf(lane: number): number {
    const conversation = lane >>> 1;
    const first = this.isPairs ? conversation * 2 : conversation % this.users;
    if ((lane & 1) === 0) return first;
    return this.isPairs ? first + 1 : (first + 1 + Math.floor(conversation / this.users)) % this.users;
  }

  /** Lane on which `author` writes to the other one of the two ids; -1: no such conversation. */
  laneOf(author: number, idA: number, idB: number): number {
    const own = this.ids[author];
    const other = this.indexOfId.get(own === idA ? idB : idA);
    if (other === undefined || (own !== idA && own !== idB)) return -1;
    if (this.isPairs) return (other ^ 1) === author && author < this.conversations * 2 ? author : -1;
    const forwards = this.ringConversation(author, other);
    if (forwards >= 0) return forwards * 2;
    const backwards = this.ringConversation(other, author);
    return backwards >= 0 ? backwards * 2 + 1 : -1;
  }

  private ringConversation(first: number, second: number): number {
    const distance = (second - first + this.users) % this.users;
    const conversation = (distance - 1) * this.users + first;
    return distance > 0 && conversation < this.conversations ? conversation : -1;
  }
}

/** Each user can talk with every other one. Half the ring, so that no two users meet twice. */
export function conversationsMax(users: number): number {
  return users < 3 ? 1 : users * Math.floor((users - 1) / 2);
}
