// Loaded into a service that is measured (node --expose-gc --import): at SIGCONT, which nothing else minds,
// it says how much memory is in use after a collection.
process.on('SIGCONT', () => {
  global.gc?.();
  process.stderr.write(`heap ${process.memoryUsage().heapUsed}\n`);
});
