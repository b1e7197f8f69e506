/** Writes to stderr: stdout belongs to the service. */
export function log(sentence: string): void {
  process.stderr.write(`fastify-otlp: ${sentence}\n`);
}
