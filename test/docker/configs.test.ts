// Each configuration, checked by the program that it is for.
import { expect, test } from 'vitest';
import { compose } from './stack.ts';

const checks: [string, string[]][] = [
  ['docker-compose.yml', ['config', '--quiet']],
  ['collector/collector.yaml', run('collector', 'validate', '--config=/etc/collector/collector.yaml')],
  ['tempo/tempo.yaml', run('tempo', '-config.verify', '-config.file=/etc/tempo.yaml')],
  ['loki/loki.yaml', run('loki', '-verify-config', '-config.file=/etc/loki.yaml')],
  ['prometheus/prometheus.yaml', run('--entrypoint=promtool', 'prometheus', 'check', 'config', '/etc/prometheus.yaml')],
];

test.each(checks)('%s', (_file, command) => {
  expect(() => compose(...command)).not.toThrow();
});

function run(...args: string[]): string[] {
  return ['run', '--rm', '--no-deps', '--no-TTY', '--quiet-pull', ...args];
}
