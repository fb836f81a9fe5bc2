/** Least-squares slope of values read at equal steps: how much a step adds. */
export function slopePerStep(values: readonly number[]): number {
  return slope(values.map((value, index) => [index, value] as const));
}

/** Least-squares slope of y over x; 0 with fewer than two different x. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const count = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
  let product = 0;
  let square = 0;
  for (const [x, y] of points) {
    product += (x - meanX) * (y - meanY);
    square += (x - meanX) ** 2;
  }
  return square === 0 ? 0 : product / square;
}
