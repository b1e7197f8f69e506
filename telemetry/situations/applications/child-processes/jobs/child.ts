import { createServer } from 'node:http';

process.on('message', (message) => {
  process.send?.({ echoed: message, signals: process.listenerCount('SIGTERM') });
  process.disconnect();
});
const server = createServer().listen(0, () => server.close());
