/** @returns a function that calls `fn` the first time only, for example to log a failure once that may occur in every request */
export function once<Args extends unknown[]>(fn: (...args: Args) => void): (...args: Args) => void {
  let isDone = false;
  return (...args) => {
    if (isDone) return;
    isDone = true;
    fn(...args);
  };
}
