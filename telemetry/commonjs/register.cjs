// node --require fastify-otlp/register main.js: as ../dist/register.js, whose top-level await `require` refuses.
const { isMainThread } = require('node:worker_threads');

const [major, minor] = process.versions.node.split('.').map(Number);
const isSupported = major > 22 || (major === 22 && minor >= 15);

if (isMainThread && isSupported) {
  require('../dist/start.js').start();
} else if (isMainThread) {
  console.error(
    `telemetry: Node.js ${process.versions.node} is too old, the service runs without telemetry: 22.15 or newer is needed`,
  );
}
