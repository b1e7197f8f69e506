// A page in the background sends no requests.

/** Resolves at once, or when the page becomes visible. */
export async function untilVisible() {
  while (document.hidden) {
    await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
  }
}

/**
 * Runs a task periodically while the page is visible, and at once when it becomes visible.
 *
 * @param {() => Promise<void>} task
 * @param {number} pauseMs between two runs
 * @returns {() => void} runs the task now, or once more if it is running
 */
export function whileVisible(task, pauseMs) {
  let isRunning = false;
  let isDue = false;
  let timer = 0;
  async function run() {
    clearTimeout(timer);
    isDue = true;
    if (document.hidden || isRunning) return;
    isRunning = true;
    while (isDue) {
      isDue = false;
      await task();
    }
    isRunning = false;
    if (!document.hidden) timer = window.setTimeout(run, pauseMs);
  }
  document.addEventListener('visibilitychange', run);
  run();
  return run;
}
