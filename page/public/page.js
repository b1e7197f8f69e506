// The front page: writes a number on a click, and shows the row, the spans and the log lines of that write.

import { byId } from './dom.js';
import { fetchJson, HttpError } from './http.js';
import { startLatestNumbers } from './latest-numbers.js';
import { checkStatus } from './status.js';
import { hideTrace, retryTrace, showTrace } from './trace.js';
import { whileVisible } from './visibility.js';

const statusIntervalMs = 2_000;

const button = byId('write');
const result = byId('result');

/** The newest row is shown until there is something else to show. */
let isStarting = true;

const updateLatestNumbers = startLatestNumbers(
  (row) => {
    isStarting = false;
    showTrace(row, `Row ${row.id}`);
    byId('trace-title').focus();
  },
  (newest) => {
    if (isStarting) showTrace(newest, `Row ${newest.id}`);
    isStarting = false;
  },
);

const updateStatus = whileVisible(async () => {
  if (!(await checkStatus())) return;
  updateLatestNumbers();
  retryTrace();
}, statusIntervalMs);

button.addEventListener('click', async () => {
  if (button.ariaDisabled === 'true') return;
  button.ariaDisabled = 'true';
  isStarting = false;
  result.textContent = 'Writing …';
  try {
    const { body: row } = await fetchJson('/write', { method: 'POST' });
    const stored = `Stored ${row.value} as row ${row.id}`;
    result.textContent = `${stored}.`;
    showTrace(row, 'Your write').then((summary) => {
      if (summary) result.textContent = `${stored}: ${summary}.`;
    });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    showFailure(error);
    updateStatus();
  } finally {
    button.ariaDisabled = 'false';
  }
  updateLatestNumbers();
});

/** @param {HttpError} error without a response, the number may have been stored */
function showFailure({ status, message, traceId }) {
  const isUnknown = status === 0 || status === 504;
  result.textContent = isUnknown ? 'No response: the number may have been stored.' : `Write failed: ${message}.`;
  if (traceId) showTrace({ traceId }, isUnknown ? 'Your write: no response' : 'Your write: failed');
  else hideTrace();
}
