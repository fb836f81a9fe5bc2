/** Adds the numbers of a machine's counters to a total, by name. */
export function addCounters(total: Record<string, number>, counters: object | undefined): void {
  if (counters === undefined) return;
  for (const [name, value] of Object.entries(counters)) if (typeof value === 'number') total[name] = (total[name] ?? 0) + value;
}
