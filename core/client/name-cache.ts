/**
 * Names of users, asked for once each, many at a time.
 */
import { ParleyError } from './errors.ts';

interface Question {
  readonly missing: Set<number>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class NameCache {
  /** '' : asked for, not answered; null: there is no such user. */
  private readonly byUser = new Map<number, string | null>();
  private readonly open = new Map<number, Set<number>>();
  private readonly questions = new Set<Question>();
  private readonly ask: (users: readonly number[]) => number;
  private readonly changed: () => void;

  /** @param ask sends a question and returns its number. */
  constructor(ask: (users: readonly number[]) => number, changed: () => void) {
    this.ask = ask;
    this.changed = changed;
  }

  get(user: number): string {
    return this.byUser.get(user) ?? '';
  }

  set(user: number, name: string): void {
    if (this.byUser.get(user) === name) return;
    this.byUser.set(user, name === '' ? null : name);
    for (const question of this.questions) {
      question.missing.delete(user);
      if (question.missing.size > 0) continue;
      this.questions.delete(question);
      question.resolve();
    }
    this.changed();
  }

  /** Asks for those not known; nobody waits. */
  want(users: readonly number[]): void {
    const unknown = [...new Set(users)].filter((user) => !this.byUser.has(user));
    if (unknown.length === 0) return;
    for (const user of unknown) this.byUser.set(user, '');
    this.open.set(this.ask(unknown), new Set(unknown));
  }

  async names(users: readonly number[]): Promise<ReadonlyMap<number, string>> {
    this.want(users);
    const missing = new Set(users.filter((user) => this.byUser.get(user) === ''));
    if (missing.size > 0) {
      await new Promise<void>((resolve, reject) => {
        this.questions.add({ missing, resolve, reject });
      });
    }
    const found = new Map<number, string>();
    for (const user of users) {
      const name = this.byUser.get(user);
      if (name !== undefined && name !== null && name !== '') found.set(user, name);
    }
    return found;
  }

  /** Whether the answer was for a question of ours. */
  answer(request: number, user: number, name: string): boolean {
    const asked = this.open.get(request);
    if (asked === undefined) return false;
    asked.delete(user);
    if (asked.size === 0) this.open.delete(request);
    this.set(user, name);
    return true;
  }

  /** The question was not answered in time: it may be asked again. */
  failed(request: number): boolean {
    const asked = this.open.get(request);
    if (asked === undefined) return false;
    this.open.delete(request);
    for (const user of asked) this.byUser.delete(user);
    for (const question of this.questions) {
      if (![...question.missing].some((user) => asked.has(user))) continue;
      this.questions.delete(question);
      question.reject(new ParleyError('timeout', 'the names were not answered in time'));
    }
    return true;
  }
}
