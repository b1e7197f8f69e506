// Secrets are put wherever a client, a setting or another service can put them, and then looked for in all that leaves a service.
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { type OtlpReceiver, startOtlpReceiver } from '../telemetry/test/support/otlp-receiver.ts';
import { startFakeBackend } from './support/fake-backend.ts';
import { freePort } from './support/free-port.ts';
import { connectTo, createDatabase } from './support/postgres.ts';
import { run, type Service, startService } from './support/service.ts';
import { type Stack, startStack } from './support/stack.ts';
import { until } from './support/until.ts';

/** Of letters and digits alone: no escape hides it. */
const canary = `canary${randomUUID().replaceAll('-', '')}`;
const encoded = Buffer.from(`user:${canary}`).toString('base64');
/** A body's value may be in the answer and in the row, and nowhere else. */
const value = 1_987_654_321;

const headers = {
  authorization: `Basic ${encoded}`,
  'proxy-authorization': `Bearer ${canary}`,
  cookie: `session=${canary}`,
  'x-api-key': canary,
  'x-forwarded-for': canary,
  'x-forwarded-host': canary,
  forwarded: `for=${canary};host=${canary}`,
  'x-request-id': canary,
  'user-agent': canary,
  referer: `http://localhost/${canary}`,
  baggage: `token=${canary}`,
};
const json = { ...headers, 'content-type': 'application/json' };

const talkative: Record<string, string> = { LOG_LEVEL: 'trace' };
let stack: Stack;

beforeAll(async () => {
  stack = await startStack(talkative);
});

beforeEach(() => {
  for (const kept of [stack.receiver.bytes, stack.receiver.spans, stack.receiver.logs]) kept.length = 0;
});

afterAll(() => stack.stop());

function expectNothingIn(what: string, text: string, secrets = [canary, encoded]): void {
  for (const secret of secrets) {
    const place = text.indexOf(secret);
    if (place >= 0) expect.fail(`a secret is in ${what}: ${text.slice(Math.max(0, place - 300), place + 100)}`);
  }
}

/** The spans and log records as they were sent, and as they read. */
function expectNothingExported({ bytes, spans, logs }: OtlpReceiver, secrets?: string[]): void {
  expectNothingIn('the bytes of OTLP', Buffer.concat(bytes).toString('latin1'), secrets);
  expectNothingIn('a span', JSON.stringify(spans), secrets);
  expectNothingIn('a log record', JSON.stringify(logs), secrets);
}

/** Waits until the spans and log records of the services are there, by a last request of each. */
async function expectNothingLeft(receiver: OtlpReceiver, services: Service[], secrets?: string[]): Promise<void> {
  for (const service of services) {
    const { traceId } = await (await fetch(`${service.url}/the-last`)).json();
    await until('the last span', () => receiver.spansOf(traceId).length > 0);
    await until('the last log record', () => receiver.logsOf(traceId).length > 0);
    await until('the last line', () => service.output().includes(traceId));
    expectNothingIn('the terminal', service.output(), secrets);
  }
  expectNothingExported(receiver, secrets);
}

async function answerOf(request: Promise<Response>): Promise<{ status: number; text: string }> {
  const response = await request;
  const text = `${JSON.stringify([...response.headers])}\n${await response.text()}`;
  return { status: response.status, text };
}

describe('client input is in no span, log record, terminal line or error response', () => {
  const requests: [string, 'frontend' | 'backend', number, string, RequestInit][] = [
    ['a write', 'frontend', 201, `/write?token=${canary}&sig=${canary}`, { method: 'POST', headers }],
    [
      'a write with a body',
      'frontend',
      201,
      '/write',
      { method: 'POST', headers: json, body: JSON.stringify({ password: canary }) },
    ],
    ['a read', 'frontend', 200, '/read?limit=1', { headers }],
    ['an unknown parameter', 'frontend', 400, `/read?token=${canary}`, { headers }],
    ['a wrong parameter', 'frontend', 400, `/read?limit=${canary}`, { headers }],
    ['a wrong parameter of the backend', 'backend', 400, `/numbers?limit=${canary}`, { headers }],
    ['a wrong value', 'backend', 400, '/numbers', { method: 'POST', headers: json, body: `{"value":"${canary}"}` }],
    ['a wrong body', 'backend', 400, '/numbers', { method: 'POST', headers: json, body: `"${canary}"` }],
    ['broken JSON', 'backend', 400, '/numbers', { method: 'POST', headers: json, body: `{"value":${canary}` }],
    ['too large a body', 'backend', 413, '/numbers', { method: 'POST', headers: json, body: `"${canary.repeat(1_000)}"` }],
    [
      'no JSON',
      'backend',
      415,
      '/numbers',
      { method: 'POST', headers: { ...headers, 'content-type': `text/${canary}` }, body: canary },
    ],
    ['a wrong id', 'backend', 400, `/numbers/1?token=${canary}`.replace('/1', '/x'), { headers }],
    ['no such number', 'backend', 404, `/numbers/999999999?token=${canary}`, { headers }],
    ['no such route', 'backend', 404, `/nowhere?token=${canary}`, { headers }],
    ['an over-long path', 'frontend', 404, `/${'x'.repeat(6_000)}${canary}`, { headers }],
    ['no valid address', 'backend', 400, `/%zz?token=${canary}`, { headers }],
    ['another method', 'backend', 405, `/numbers/1?token=${canary}`, { method: 'DELETE', headers }],
  ];

  test.each(requests)('%s', async (_what, name, status, path, init) => {
    const answer = await answerOf(fetch(stack[name].url + path, init));
    expect(answer.status).toBe(status);
    expectNothingIn('the answer', answer.text);
    await expectNothingLeft(stack.receiver, [stack.frontend, stack.backend]);
  });

  test.each([
    ['a method of its own', `${canary.toUpperCase()} /numbers HTTP/1.1\r\nhost: x\r\n\r\n`, 400],
    ['no HTTP', `${canary}\r\n\r\n`, 400],
    ['headers that are too large', `GET /numbers HTTP/1.1\r\nhost: x\r\ncookie: ${canary.repeat(600)}\r\n\r\n`, 431],
    ['another host', `GET /numbers?limit=1 HTTP/1.1\r\nhost: ${canary}\r\nconnection: close\r\n\r\n`, 200],
    ['an absolute address', `GET http://u:${canary}@x/numbers?t=${canary} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`, 400],
  ])('%s', async (_what, request, status) => {
    const { hostname, port } = new URL(stack.backend.url);
    const socket = connect(Number(port), hostname);
    socket.write(request);
    const answer = Buffer.concat(await Array.fromAsync(socket)).toString();
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expectNothingIn('the answer', answer);
    await expectNothingLeft(stack.receiver, [stack.backend], [canary, canary.toUpperCase()]);
  });

  test('the value of a body', async () => {
    const { status, text } = await answerOf(
      fetch(`${stack.backend.url}/numbers`, { method: 'POST', headers: json, body: `{"value":${value}}` }),
    );
    expect(status).toBe(201);
    expectNothingIn('the answer', text);
    await expectNothingLeft(stack.receiver, [stack.backend], [canary, encoded, String(value)]);
  });
});

describe('PostgreSQL messages that contain values are not passed on', () => {
  const secrets = [canary, String(value)];
  let backend: Service;
  let client: pg.Client;

  beforeAll(async () => {
    const env = { ...stack.env, ...talkative, ...(await createDatabase(inject('postgres'), randomUUID())) };
    backend = await startService('backend', { env });
    client = await connectTo(env);
  });

  afterAll(async () => {
    await client.end();
    await backend.stop();
  });

  const refuse = (body: string) => `
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN ${body}; RETURN NEW; END$$;
    CREATE TRIGGER refuse BEFORE INSERT ON numbers FOR EACH ROW EXECUTE FUNCTION refuse()`;

  test.each([
    ['a type', '22P02', refuse(`NEW.value = ('${canary}' || NEW.value)::integer`)],
    ['a trigger', 'P0001', refuse(`RAISE EXCEPTION 'no % here', NEW.value USING DETAIL = '${canary}', HINT = '${canary}'`)],
    ['a constraint', '23505', `ALTER TABLE numbers ADD UNIQUE (value); INSERT INTO numbers (value) VALUES (${value})`],
  ])('%s that refuses them', async (_what, code, sql) => {
    await client.query(sql);
    const { status, text } = await answerOf(
      fetch(`${backend.url}/numbers`, { method: 'POST', headers: json, body: `{"value":${value}}` }),
    );
    await client.query('DROP FUNCTION IF EXISTS refuse CASCADE');
    expect(status).toBe(500);
    expectNothingIn('the answer', text, secrets);
    await until('the reason', () => backend.output().includes(`PostgreSQL rejected the statement (${code})`));
    await expectNothingLeft(stack.receiver, [backend], secrets);
  });
});

describe('the database password appears nowhere', () => {
  test.each([
    ['a wrong password', async () => ({ PGPASSWORD: canary })],
    ['a database that is away', async () => ({ PGPASSWORD: canary, PGPORT: String(await freePort()) })],
  ])('%s', async (_what, settings) => {
    const backend = await startService('backend', { env: { ...stack.env, ...talkative, ...(await settings()) }, isReady: false });
    await until('the reason', () => /is not ready: .*retrying every second/.test(backend.output()));
    for (const path of ['/readyz', '/numbers', '/docs', '/docs/json']) {
      expectNothingIn(path, (await answerOf(fetch(backend.url + path))).text);
    }
    await expectNothingLeft(stack.receiver, [backend]);
    await backend.stop();
    expectNothingIn('the terminal', backend.output());
  });
});

describe('the body of a failed backend response is neither passed on nor logged', () => {
  let status: number;
  let fake: Awaited<ReturnType<typeof startFakeBackend>>;
  let frontend: Service;

  beforeAll(async () => {
    fake = await startFakeBackend((_request, response) => {
      const body = status === 200 ? canary : JSON.stringify({ message: canary });
      response.writeHead(status, canary, { 'retry-after': canary, 'set-cookie': canary, location: canary }).end(body);
    });
    const env = { ...stack.env, ...talkative, BACKEND_PORT: fake.port, EMIT_INTERVAL_MS: '100' };
    status = 500;
    frontend = await startService('frontend', { env, isReady: false });
    await until('the periodic one', () => frontend.output().includes('write failed'));
  });

  afterAll(async () => {
    await frontend.stop();
    fake.stop();
  });

  test.each([
    [500, 502],
    [503, 503],
    [504, 504],
    [200, 502],
  ])('%i', async (answered, expected) => {
    status = answered;
    const write = await answerOf(fetch(`${frontend.url}/write`, { method: 'POST' }));
    expect(write.status).toBe(expected);
    expectNothingIn('the answer', write.text);
    expectNothingIn('the answer', (await answerOf(fetch(`${frontend.url}/readyz`))).text);
    await expectNothingLeft(stack.receiver, [frontend]);
  });
});

describe('credentials in settings appear nowhere', () => {
  test.each([
    ['frontend', { BACKEND_URL: `http://user:${canary}@localhost:3002` }, /BACKEND_URL is ".*"; expected an address without/],
    ['frontend', { BACKEND_URL: `user:${canary}@localhost:3002` }, /BACKEND_URL is ".*"; expected/],
  ])('%s with %o: refused, without a repetition', async (name, settings, sentence) => {
    const ports = { FRONTEND_PORT: '1', BACKEND_PORT: '1' };
    const service = run(['--import', './telemetry/src/register.ts', `${name}/main.ts`], { ...stack.env, ...ports, ...settings });
    expect(await service.ended).toEqual({ code: 78, signal: null });
    expect(service.output()).toMatch(sentence);
    expectNothingIn('the terminal', service.output());
  });

  const unusable = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:${canary}@localhost:4317`,
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `user:${canary}@localhost`,
    OTEL_EXPORTER_OTLP_HEADERS: canary,
  };
  test('a backend with invalid OTLP settings starts, and its log does not repeat them', async () => {
    const backend = await startService('backend', { env: { ...stack.env, ...unusable } });
    for (const name of Object.keys(unusable)) {
      await until(`the sentence about ${name}`, () => backend.output().includes(`${name} is "`));
    }
    await backend.stop();
    expectNothingIn('the terminal', backend.output());
  });

  test.each([
    ['grpc', 'the token is missing'],
    ['http/protobuf', 'Unauthorized'],
  ] as const)(
    'the token of a receiver that rejects it over %s with "%s", which does not stop the service',
    async (protocol, reason) => {
      const receiver = await startOtlpReceiver({ protocol, requiredHeaders: { authorization: 'another' } });
      const backend = await startWithToken({
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      });
      await until('the refusal', () => new RegExp(`\\d spans were refused by http:.*${reason}`).test(backend.output()));
      expect((await fetch(`${backend.url}/numbers`)).status).toBe(200);
      await backend.stop();
      await receiver.stop();
      expectNothingIn('the terminal', backend.output());
    },
  );

  test('the token of an unreachable receiver', async () => {
    const backend = await startWithToken({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${await freePort()}` });
    await until('the message', () => backend.output().includes('cannot reach'));
    await backend.stop();
    expectNothingIn('the terminal', backend.output());
  });

  async function startWithToken(env: Record<string, string>): Promise<Service> {
    const backend = await startService('backend', {
      env: {
        ...stack.env,
        ...talkative,
        OTEL_LOG_LEVEL: 'debug',
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=Basic%20${encoded},x-token=${canary}`,
        ...env,
      },
    });
    await fetch(`${backend.url}/numbers`);
    return backend;
  }
});
