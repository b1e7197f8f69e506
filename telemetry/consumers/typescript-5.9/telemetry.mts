import { start } from 'fastify-otlp';

start();
