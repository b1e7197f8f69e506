// Fits a least-squares line to points: https://en.wikipedia.org/wiki/Simple_linear_regression

export interface Slope {
  /** Change of y per unit of x. */
  slope: number;
  /** Standard error of the slope. The true error is larger, because consecutive samples are not independent. */
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
