// Kills the applications that still run when the process that runs the tests ends, however it ends.
import { spawn } from 'node:child_process';

/** Reads `+ <pid>` and `- <pid>`. When nobody is left who could write, it kills the process groups that are not taken back. */
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

// a group of its own, so that Ctrl-C does not end it before the tests
const shell = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
shell.unref();
shell.stdin.on('error', () => {});
(shell.stdin as unknown as { unref(): void }).unref();

/** @returns takes it back */
export function leash(groupPid: number): () => void {
  shell.stdin.write(`+ ${groupPid}\n`);
  return () => shell.stdin.write(`- ${groupPid}\n`);
}
