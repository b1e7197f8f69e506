import type { Situation } from '../../support/situation.ts';

export default {
  promise: 'events of the request and the response belong to the trace, without additional listeners',
  postgres: true,
  spans: [
    'SERVER POST /upload',
    'SERVER POST /upload > INTERNAL payload data',
    'SERVER POST /upload > INTERNAL payload end',
    'SERVER POST /upload > INTERNAL request close',
    'SERVER POST /upload > INTERNAL response finish',
    'SERVER POST /upload > INTERNAL response close',
    'SERVER GET /listeners',
    'SERVER GET /slow',
    'SERVER GET /slow > INTERNAL onRequestAbort',
    'SERVER GET /slow > CLIENT SELECT',
    'SERVER GET /slow > INTERNAL request close',
    'SERVER GET /slow > INTERNAL request aborted',
    'SERVER GET /slow > INTERNAL response close',
    'SERVER GET /slow > INTERNAL late',
  ],
  records: [
    'info Server listening at http://127.0.0.1:1 @ no trace',
    'info parsed @ SERVER POST /upload',
    'info response closed @ SERVER POST /upload',
    'info aborted @ SERVER GET /slow',
  ],
  differs: { stock: 'it adds listeners to the request and properties to the request and the response' },
} satisfies Situation;
