/** @returns the result; undefined if the function throws, for example because a file does not exist or cannot be read */
export function attempt<Result>(fn: () => Result): Result | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
}
