// What Docker itself says of each container: none may do more than its work needs.
import { describe, expect, test } from 'vitest';
import { compose, docker } from './stack.ts';

const ids = compose('ps', '--all', '--quiet').trim().split('\n').filter(Boolean);
const containers = ids.length > 0 ? JSON.parse(docker('inspect', ...ids)) : [];
const services: [string, any][] = containers.map((container: any) => [
  container.Config.Labels['com.docker.compose.service'],
  container,
]);

test('every service of docker-compose.yml has a container', () => {
  expect(services.map(([name]) => name).sort()).toEqual(compose('config', '--services').trim().split('\n').sort());
});

describe.each(services)('%s', (name, { Config, HostConfig, Mounts, State }) => {
  test('runs, and is healthy where it can say so', () => {
    if (name === 'collector-queue') expect(State).toMatchObject({ Status: 'exited', ExitCode: 0 });
    else expect(State.Status).toBe('running');
    if (State.Health) expect(State.Health.Status).toBe('healthy');
  });

  test('is not root', () => {
    expect(Config.User.split(':')[0]).toMatch(/^(?!root$|0$).+/);
  });

  test('can write to its volumes only, and the frontend to the folder of the faults', () => {
    expect(HostConfig.ReadonlyRootfs).toBe(true);
    const writable = Mounts.filter(({ Type, RW }: any) => Type === 'bind' && RW).map(({ Destination }: any) => Destination);
    expect(writable).toEqual(name === 'frontend' ? ['/faults'] : []);
  });

  test('has no capabilities, and can gain none', () => {
    expect(HostConfig).toMatchObject({ Privileged: false, CapDrop: ['ALL'], CapAdd: null });
    expect(HostConfig.SecurityOpt).toContain('no-new-privileges:true');
  });

  test('has a limit of memory', () => {
    expect(HostConfig.Memory).toBeGreaterThan(0);
    expect(HostConfig.Memory).toBeLessThanOrEqual(768 * 2 ** 20);
  });

  test('is reached from this machine alone', () => {
    const bindings = Object.values(HostConfig.PortBindings ?? {}).flat() as { HostIp: string }[];
    expect(bindings.filter(({ HostIp }) => HostIp !== '127.0.0.1')).toEqual([]);
  });
});

test('the Collector, which Docker cannot ask, says of itself that it is healthy', () => {
  const ask = "fetch('http://collector:13133').then(({ ok }) => process.exit(ok ? 0 : 1))";
  expect(() => compose('exec', '-T', 'backend', 'node', '-e', ask)).not.toThrow();
});

/**
 * Said by healthy parts: Loki before its ring has itself, Tempo's worker while it has nothing to do, and PostgreSQL when its
 * health check asks during the start.
 */
const harmless = /err="empty ring"|desc = no jobs found|FATAL: {2}the database system is starting up$/;

test('nobody logs an error at a healthy start', () => {
  const all = services.map(([name]) => {
    const lines = compose('logs', '--no-color', '--no-log-prefix', '--timestamps', name).trim().split('\n');
    return { name, lines: lines.map((line) => ({ line, at: Date.parse(line.slice(0, line.indexOf(' '))) })) };
  });
  // The frontend is the last to start. What comes later, other tests have asked for; some of them start containers again.
  const frontend = all.find(({ name }) => name === 'frontend')?.lines[0]?.at as number;
  const errors = all.flatMap(({ name, lines }) => {
    const until = Math.max(lines[0]?.at as number, frontend) + 2_000;
    const isError = (line: string) =>
      /level=error|"level":[56]0|\terror\t|\b(ERROR|FATAL|PANIC):/.test(line) && !harmless.test(line);
    return lines.filter(({ line, at }) => at < until && isError(line)).map(({ line }) => `${name}: ${line}`);
  });
  expect(errors).toEqual([]);
});
