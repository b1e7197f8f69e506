// Nothing is asked while nobody looks at the page.

/** Resolves at once, or when the page is looked at again. */
export async function visible() {
  while (document.hidden) {
    await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
  }
}

/**
 * Does its work, pauses, and so on, as long as the page is looked at; begins anew when it is looked at again.
 *
 * @param {() => Promise<void>} work
 * @param {number} pauseMs
 * @returns {() => void} does the work now
 */
export function whileVisible(work, pauseMs) {
  let isAtWork = false;
  let timer = 0;
  async function turn() {
    clearTimeout(timer);
    if (document.hidden || isAtWork) return;
    isAtWork = true;
    await work().finally(() => {
      isAtWork = false;
    });
    if (!document.hidden) timer = window.setTimeout(turn, pauseMs);
  }
  document.addEventListener('visibilitychange', turn);
  turn();
  return turn;
}
