// The definition of a complete trace, which the front page, the lab and ./test.sh share.
import { describe, expect, test } from 'vitest';
import { chain, type EndedSpan, isCompleteTrace, isCompleteWrite } from '../page/complete-trace.ts';

/** The four spans of a write: ids 1 to 4. @param changes to these spans, by index */
function write(changes: Record<number, Partial<EndedSpan>> = {}): EndedSpan[] {
  const statusCodes = [201, 201, 201, undefined];
  return chain.map((span, index) => ({
    ...span,
    spanId: String(index + 1),
    parentSpanId: index === 0 ? null : String(index),
    isError: false,
    attributes: { 'http.response.status_code': statusCodes[index] },
    ...changes[index],
  }));
}

const failed = { isError: true, attributes: { 'http.response.status_code': 503 } };
const unanswered = { isError: true, attributes: {} };

describe('complete:', () => {
  test.each<[string, EndedSpan[], boolean]>([
    ['a write', write(), true],
    ['the periodic write', write({ 0: { name: 'emit number', kind: 'INTERNAL' } }), true],
    ["a write that joined a caller's trace", write({ 0: { parentSpanId: 'f' } }), true],
    [
      'a write whose first attempt got no response',
      [...write(), { ...write()[1], ...unanswered, spanId: '5' } as EndedSpan],
      true,
    ],
    ['a write that failed in the database', write({ 0: failed, 1: failed, 2: failed }).slice(0, 3), false],
    ['a write to an unreachable backend', write({ 0: failed, 1: unanswered }).slice(0, 2), false],
    ['a request that was rejected', write({ 0: { attributes: { 'http.response.status_code': 403 } } }).slice(0, 1), false],
    ['another request', write({ 0: { name: 'GET /read' } }).slice(0, 1), false],
  ])('%s', (_name, spans, isStored) => {
    expect(isCompleteTrace(spans)).toBe(true);
    expect(isCompleteWrite(spans)).toBe(isStored);
  });
});

describe('incomplete:', () => {
  test.each<[string, EndedSpan[]]>([
    ['no span', []],
    ...chain.map(({ service, name }, missing): [string, EndedSpan[]] => [
      `a write without ${name} of the ${service}`,
      write().filter((_, index) => index !== missing),
    ]),
    ['the spans of the backend alone', write().slice(2)],
    ['an orphan', [...write(), { ...write()[3], spanId: '5', parentSpanId: 'f' } as EndedSpan]],
    ['two entries', [...write(), { ...write()[0], spanId: '5' } as EndedSpan]],
    ['a chain that is broken between the services', write({ 2: { parentSpanId: '1' } })],
    ['a failed write whose failure in the backend is still to come', write({ 0: failed, 1: failed }).slice(0, 2)],
  ])('%s', (_name, spans) => {
    expect(isCompleteTrace(spans)).toBe(false);
    expect(isCompleteWrite(spans)).toBe(false);
  });
});
