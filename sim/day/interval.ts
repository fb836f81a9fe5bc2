/**
 * How sure a sample of slots is of a work a message: the ratio over all slots, and the 95 % confidence interval that its spread from slot to slot
 * gives (ratio estimator; Student's t, because few slots say little).
 */

/** 97.5 % quantiles of Student's t by degrees of freedom; beyond the table the normal one is near enough. */
const student = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228] as const;
const studentBy30 = 2.05;
const normal = 1.96;

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Of `amounts[i]` a message, over slots with `messages[i]`. */
export function ratioInterval(amounts: ArrayLike<number>, messages: ArrayLike<number>): Interval {
  const slots = messages.length;
  let amount = 0;
  let message = 0;
  for (let slot = 0; slot < slots; slot += 1) {
    amount += amounts[slot];
    message += messages[slot];
  }
  const mean = amount / message;
  let squares = 0;
  for (let slot = 0; slot < slots; slot += 1) squares += (amounts[slot] - mean * messages[slot]) ** 2;
  const each = message / slots;
  const error = Math.sqrt(squares / (slots * (slots - 1))) / each;
  const freedom = slots - 1;
  const quantile = student[freedom - 1] ?? (freedom <= 30 ? studentBy30 : normal);
  return { mean: rounded(mean), low: rounded(mean - quantile * error), high: rounded(mean + quantile * error) };
}

/** Five digits after the point. */
export function rounded(value: number): number {
  return Math.round(value * 100_000) / 100_000;
}
