// Preloaded into a measured service (node --expose-gc --import): on SIGCONT, which has no other effect,
// it prints the heap in use after a garbage collection.
process.on('SIGCONT', () => {
  global.gc?.();
  process.stderr.write(`heap ${process.memoryUsage().heapUsed}\n`);
});
