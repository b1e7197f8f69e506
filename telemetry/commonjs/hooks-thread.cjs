// The exports of the package, which do nothing.
const { InstrumentationBase } = require('@opentelemetry/instrumentation');

class NoInstrumentation extends InstrumentationBase {
  constructor() {
    super('telemetry/none', '1.0.0', {});
  }
  init() {}
}

class NoPropagator {
  inject() {}
  extract(context) {
    return context;
  }
  fields() {
    return [];
  }
}

module.exports = {
  async start() {},
  FastifyInstrumentation: NoInstrumentation,
  PgInstrumentation: NoInstrumentation,
  PinoInstrumentation: NoInstrumentation,
  TraceContextPropagator: NoPropagator,
};
