// A line through points, by least squares: https://en.wikipedia.org/wiki/Simple_linear_regression

export interface Slope {
  /** Of y for one of x. */
  slope: number;
  /** Its standard error; of points that depend on those before them, as here, the true one is larger. */
  error: number;
}

/** @param points at least three */
export function slopeOf(points: { x: number; y: number }[]): Slope {
  const mean = (of: (point: { x: number; y: number }) => number) => sum(points.map(of)) / points.length;
  const [middleX, middleY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const spreadX = sum(points.map(({ x }) => (x - middleX) ** 2));
  const slope = sum(points.map(({ x, y }) => (x - middleX) * (y - middleY))) / spreadX;
  const left = sum(points.map(({ x, y }) => (y - middleY - slope * (x - middleX)) ** 2));
  return { slope, error: Math.sqrt(left / (points.length - 2) / spreadX) };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
