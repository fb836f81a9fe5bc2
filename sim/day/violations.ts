/** What the checkers of a day found: the first ones in words, all of them counted. */
import { violationsExplainedMax } from './limits.ts';

export class Violations {
  count = 0;
  readonly texts: string[] = [];

  /** @param words of the people and numbers that took part, and why both cannot be. */
  add(checker: string, words: string): void {
    this.count += 1;
    if (this.texts.length < violationsExplainedMax) this.texts.push(`${checker}: ${words}`);
  }
}
