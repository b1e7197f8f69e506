/** @returns calls the function the first time only. For messages: what fails once may fail for every request */
export function once<Args extends unknown[]>(fn: (...args: Args) => void): (...args: Args) => void {
  let isDone = false;
  return (...args) => {
    if (isDone) return;
    isDone = true;
    fn(...args);
  };
}
