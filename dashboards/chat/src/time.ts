// Goal: times as people say them. Method: the clock of the browser's language, days in the page's own language.

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat('en', { weekday: 'long' });
const date = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' });
const longDate = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long' });
const dateOfYear = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' });
const full = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'medium' });

/** `14:05` */
export function timeOfDay(timestampMs: number): string {
  return clock.format(timestampMs);
}

/** Everything, for a tooltip. */
export function fullTime(timestampMs: number): string {
  return full.format(timestampMs);
}

/** The same for all times of one local day. */
export function dayKey(timestampMs: number): string {
  const day = new Date(timestampMs);
  return `${day.getFullYear()}-${day.getMonth() + 1}-${day.getDate()}`;
}

/** `Today`, `Yesterday`, `Monday, 3 March`, `3 Mar 2024` */
export function dayLabel(timestampMs: number, nowMs: number): string {
  const days = daysBetween(timestampMs, nowMs);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return sameYear(timestampMs, nowMs) ? longDate.format(timestampMs) : dateOfYear.format(timestampMs);
}

/** For the list of conversations: the time today, then `Yesterday`, the weekday, the date. */
export function listTime(timestampMs: number, nowMs: number): string {
  const days = daysBetween(timestampMs, nowMs);
  if (days <= 0) return timeOfDay(timestampMs);
  if (days === 1) return 'Yesterday';
  if (days < 7) return weekday.format(timestampMs);
  return sameYear(timestampMs, nowMs) ? date.format(timestampMs) : dateOfYear.format(timestampMs);
}

/** Local days from the first to the second; rounded, because a day of a clock change has 23 or 25 hours. */
function daysBetween(fromMs: number, toMs: number): number {
  return Math.round((new Date(toMs).setHours(0, 0, 0, 0) - new Date(fromMs).setHours(0, 0, 0, 0)) / 86_400_000);
}

function sameYear(oneMs: number, otherMs: number): boolean {
  return new Date(oneMs).getFullYear() === new Date(otherMs).getFullYear();
}
