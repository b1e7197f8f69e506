// A proxy that changes the JSON of responses: a fault ./test.sh must detect.
import { startFakeBackend } from './fake-backend.ts';

export async function startTamperingProxy(
  port: number,
  change: (answer: any) => unknown,
): Promise<{ port: number; stop(): void }> {
  const proxy = await startFakeBackend(async (request, response) => {
    const hasBody = request.method === 'POST' && request.headers['content-length'];
    const answer = await fetch(`http://localhost:${port}${request.url}`, {
      method: request.method ?? 'GET',
      ...(hasBody
        ? { headers: { 'content-type': 'application/json' }, body: Buffer.concat(await Array.fromAsync(request)) }
        : {}),
    });
    const body = await answer.json();
    const isRead = /^\/(read|api\/query)/.test(request.url ?? '');
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(isRead ? change(body) : body));
  });
  return { port: Number(proxy.port), stop: proxy.stop };
}
