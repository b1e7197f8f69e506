// What pods print until their end. It cannot be read any more once they are removed.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { kubectl, options } from './kubectl.ts';

const linesOfEach = 15;
/** What the telemetry of a service logs on stderr, and what a Collector reports. Behind the time that kubectl prints. */
const isReport = /^\S+ (telemetry: |\S+\t(warn|error)\t)/;

/** Follows the pods that these workloads have now. @returns `stop`, which returns the last lines of each */
export async function followPods(...workloads: string[]): Promise<{ stop(): string[] }> {
  const selector = `app.kubernetes.io/name in (${workloads.join(',')})`;
  const names = (await kubectl('get', 'pods', '--selector', selector, '--output', 'name')).trim().split('\n');
  const followed = names.map((name) => {
    const child = spawn('kubectl', [...options, 'logs', '--follow', '--timestamps', '--since=1s', name]);
    process.once('exit', () => child.kill()); // if the fault fails
    const lines: string[] = [];
    createInterface(child.stdout).on('line', (line) => {
      if (isReport.test(line)) lines.push(`${name} ${line}`);
    });
    return { child, lines };
  });
  return {
    stop: () =>
      followed.flatMap(({ child, lines }) => {
        child.kill();
        return lines.slice(-linesOfEach);
      }),
  };
}
