const { start } = require('fastify-otlp');

start();
