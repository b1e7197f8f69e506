// A reporter of node:test: one line of JSON for each test, with the names of the tests that it is in.
interface Event {
  type: string;
  data: {
    name: string;
    nesting: number;
    file?: string;
    skip?: unknown;
    todo?: unknown;
    details?: { error?: { message: string; cause?: { message?: string } } };
  };
}

export default async function* report(events: AsyncIterable<Event>): AsyncGenerator<string> {
  let names: string[] = [];
  for await (const { type, data } of events) {
    if (type === 'test:start') names = [...names.slice(0, data.nesting), data.name];
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const outcome = type === 'test:fail' ? 'fail' : data.skip === undefined ? 'pass' : 'skip';
    const path = [...names.slice(0, data.nesting), data.name];
    yield `${JSON.stringify({ file: data.file, path, outcome, message: data.details?.error?.cause?.message ?? data.details?.error?.message })}\n`;
  }
}
