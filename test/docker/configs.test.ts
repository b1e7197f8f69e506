// Each configuration, checked by the program that it is for.
import { expect, test } from 'vitest';
import { compose } from './stack.ts';

const checks: [string, string[]][] = [
  ['docker-compose.yml', ['config', '--quiet']],
  ['collector/collector.yaml', collector('collector.yaml')],
  ['tail-sampling with DEMO_CLOUD', collector('collector.yaml', 'overlays/tail-sampling.yaml', 'cloud-http.yaml')],
  ['redaction with DEMO_CLOUD', collector('collector.yaml', 'overlays/redaction.yaml', 'cloud-grpc.yaml')],
  ['tempo/tempo.yaml', run('tempo', '-config.verify', '-config.file=/etc/tempo.yaml')],
  ['loki/loki.yaml', run('loki', '-verify-config', '-config.file=/etc/loki.yaml')],
  ['prometheus/prometheus.yaml', run('--entrypoint=promtool', 'prometheus', 'check', 'config', '/etc/prometheus.yaml')],
];

test.each(checks)('%s', (_file, command) => {
  expect(() => compose(...command)).not.toThrow();
});

function collector(...files: string[]): string[] {
  const env = ['--env=OTLP_ENDPOINT=https://otlp.example.com:443', '--env=OTLP_AUTHORIZATION=Bearer token'];
  return run(...env, 'collector', 'validate', ...files.map((file) => `--config=/etc/collector/${file}`));
}

function run(...args: string[]): string[] {
  return ['run', '--rm', '--no-deps', '--no-TTY', '--quiet-pull', ...args];
}
