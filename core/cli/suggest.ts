/** Which of the known words was meant by a mistyped one. */

const distanceMax = 2;

/** The nearest known word, or '' when none is near: its beginning, or at most two mistakes. */
export function suggest(word: string, known: readonly string[]): string {
  const near = known.map((name) => ({ name, distance: name.startsWith(word) ? 0 : distance(word, name) }));
  near.sort((left, right) => left.distance - right.distance);
  const best = near[0];
  return word !== '' && best !== undefined && best.distance <= Math.min(distanceMax, best.name.length - 2) ? best.name : '';
}

/** Letters to insert, delete, change, or swap with the next one. */
function distance(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, index) => index)];
  for (let row = 1; row <= left.length; row++) {
    const above = rows[row - 1];
    const line = [row];
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwapped = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const changed = above[column - 1] + (isSame ? 0 : 1);
      const swapped = isSwapped ? rows[row - 2][column - 2] + 1 : changed;
      line.push(Math.min(changed, swapped, above[column] + 1, line[column - 1] + 1));
    }
    rows.push(line);
  }
  return rows[left.length][right.length];
}
