// The front page: writes a number on a click, and shows the row, the spans and the log lines of that write.

import { byId } from './dom.js';
import { compareWithHealthy, faultsOn, startFaults } from './faults.js';
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

startFaults();

button.addEventListener('click', async () => {
  if (button.ariaDisabled === 'true') return;
  button.ariaDisabled = 'true';
  isStarting = false;
  result.textContent = 'Writing …';
  const faults = faultsOn();
  try {
    const { body: row } = await fetchJson('/write', { method: 'POST' });
    const stored = `Stored ${row.value} as row ${row.id}`;
    result.textContent = `${stored}.`;
    showTrace(row, 'Your write').then((summary) => {
      if (summary !== undefined)
        result.textContent = `${stored}${summary && `: ${summary}`}.${compareWithHealthy(faults, summary)}`;
    });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    showFailure(error, faults);
    updateStatus();
  } finally {
    button.ariaDisabled = 'false';
  }
  updateLatestNumbers();
});

/** @param {HttpError} error without a response, the number may have been stored @param {string[]} faults */
function showFailure({ status, message, traceId }, faults) {
  const isUnknown = status === 0 || status === 504;
  const outcome = isUnknown ? 'No response: the number may have been stored.' : `Write failed: ${message}.`;
  result.textContent = outcome + compareWithHealthy(faults, '');
  if (traceId) showTrace({ traceId }, isUnknown ? 'Your write: no response' : 'Your write: failed');
  else hideTrace();
}
