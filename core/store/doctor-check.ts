/** What a check of `parley doctor` finds. */
export interface Check {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failed';
  /** What was seen, and what to do where it is not ok. */
  readonly advice: string;
}
