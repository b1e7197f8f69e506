// Against the stack that runs in containers: make up MODE=docker, then npm run test:docker; or npm run test:lessons:docker, which is slow.
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const slow = ['test/docker/doctor.test.ts', 'test/docker/lessons.test.ts'];

/** containers.test.ts looks at the start of the stack, before other tests create containers again. */
class StartFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isFirst = ({ moduleId }: TestSpecification) => moduleId.endsWith('containers.test.ts');
    const sorted = await super.sort(files);
    return [...sorted.filter(isFirst), ...sorted.filter((file) => !isFirst(file))];
  }
}

export default defineConfig({
  test: {
    include: process.env.SLOW ? slow : ['test/docker/**/*.test.ts'],
    exclude: process.env.SLOW ? [] : slow,
    root: new URL('../..', import.meta.url).pathname,
    testTimeout: 60_000,
    fileParallelism: false, // they share one stack
    sequence: { sequencer: StartFirst },
    reporters: ['verbose'],
  },
});
