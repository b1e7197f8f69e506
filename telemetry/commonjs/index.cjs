// There is one build, of ES modules: `import` and `require` get the same classes and the same state.
try {
  module.exports = require('../dist/index.js');
} catch (error) {
  // Before 24.11.1, Node.js runs the modules of `--require` in its thread for module hooks as well. That thread cannot require ES modules,
  // and has nothing to instrument.
  if (error.code !== 'ERR_METHOD_NOT_IMPLEMENTED') throw error;
  module.exports = require('./hooks-thread.cjs');
}
