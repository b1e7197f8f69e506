import type { Situation } from '../../support/situation.ts';

const serverFailure = { status: 'ERROR', events: ['exception'], 'error.type': 'SourceError', 'http.response.status_code': 200 };
const clientLeft = { status: 'UNSET', events: [], 'error.type': 'aborted' };

export default {
  promise: 'a server error is distinguished from an aborted request, and the status code is the one that was sent',
  spans: [
    'SERVER GET /ok',
    'SERVER GET /fails-at-once',
    'SERVER GET /fails-later',
    'SERVER GET /piped',
    'SERVER GET /web',
    'SERVER GET /web-stream',
    'SERVER GET /web-stream-fails',
    'SERVER GET /destroyed',
    'SERVER GET /download',
    'SERVER GET /slow ×2',
    'SERVER POST /upload',
  ],
  attributes: {
    'SERVER GET /ok': { status: 'UNSET', 'error.type': undefined, 'http.response.status_code': 200 },
    'SERVER GET /fails-at-once': {
      status: 'ERROR',
      'error.type': '500',
      events: ['exception'],
      'http.response.status_code': 500,
    },
    'SERVER GET /fails-later': serverFailure,
    'SERVER GET /piped': serverFailure,
    'SERVER GET /web': { status: 'UNSET', 'error.type': undefined, 'http.response.status_code': 201 },
    'SERVER GET /web-stream': { status: 'UNSET', 'error.type': undefined, 'http.response.status_code': 200 },
    // Fastify does not expose the error of a web stream
    'SERVER GET /web-stream-fails': { status: 'ERROR', 'error.type': '_OTHER', 'http.response.status_code': 200 },
    'SERVER GET /destroyed': { status: 'ERROR', 'error.type': '_OTHER', 'http.response.status_code': 200 },
    'SERVER GET /download': { ...clientLeft, 'http.response.status_code': 200 },
    'SERVER GET /slow': { ...clientLeft, 'http.response.status_code': undefined },
    'SERVER POST /upload': { ...clientLeft, 'http.response.status_code': undefined },
  },
} satisfies Situation;
