import '@elastic/opentelemetry-node';
