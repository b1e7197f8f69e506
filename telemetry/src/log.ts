// The messages of this package on stderr.
import { Console } from 'node:console';

/** Uses a Console because, unlike the stream, it ignores a closed stderr. */
export function log(sentence: string): void {
  new Console(process.stderr).log(`telemetry: ${sentence}`);
}

const logged = new Set<string>();

/** Once per process. */
export function logOnce(sentence: string): void {
  if (logged.has(sentence)) return;
  logged.add(sentence);
  log(sentence);
}

/** An application or a package may throw any value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
