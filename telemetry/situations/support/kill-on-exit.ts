// Kills applications that are still running when the test process exits or is killed.
import { spawn } from 'node:child_process';

/** Reads `+ <pid>` and `- <pid>`. At the end of its input it kills the process groups that were added but not removed. */
const script = `
live=
while read -r sign pid; do
  rest=
  for one in $live; do [ "$one" = "$pid" ] || rest="$rest $one"; done
  live=$rest
  [ "$sign" = + ] && live="$live $pid"
done
for pid in $live; do kill -s KILL -- "-$pid"; done
`;

// in a separate process group, so that Ctrl-C does not end it before the tests
const shell = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
shell.unref();
shell.stdin.on('error', () => {});
(shell.stdin as unknown as { unref(): void }).unref();

/** @returns removes the process group again */
export function killOnExit(groupPid: number): () => void {
  shell.stdin.write(`+ ${groupPid}\n`);
  return () => shell.stdin.write(`- ${groupPid}\n`);
}
