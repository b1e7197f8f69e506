// Two runs of a suite, test by test.
import type { Outcomes } from './run-suite.ts';

export interface Difference {
  test: string;
  bare: string;
  ours: string;
  message: string | undefined;
}

export function differencesOf(bare: Outcomes, ours: Outcomes): Difference[] {
  const tests = new Set([...bare.keys(), ...ours.keys()]);
  return [...tests].flatMap((test) => {
    const [without, instrumented] = [bare.get(test), ours.get(test)];
    if (without?.outcome === instrumented?.outcome) return [];
    const message = instrumented?.message ?? without?.message;
    return [{ test, bare: without?.outcome ?? 'absent', ours: instrumented?.outcome ?? 'absent', message }];
  });
}

export function failingInBoth(bare: Outcomes, ours: Outcomes): string[] {
  return [...bare].flatMap(([test, { outcome }]) => (outcome === 'fail' && ours.get(test)?.outcome === 'fail' ? [test] : []));
}

export function summary(outcomes: Outcomes): string {
  const count = (what: string) => [...outcomes.values()].filter(({ outcome }) => outcome === what).length;
  return `${count('pass')} passed, ${count('fail')} failed, ${count('skip')} skipped`;
}
