import { readFileSync } from 'node:fs';
import { root, run } from '../../chaos/stack.ts';

const context = readFileSync(`${root}.kubernetes/context`, 'utf8').trim(); // where make up started the demo
export const options = ['--context', context, '--namespace', 'fastify-opentelemetry-demo'];

/** @returns stdout. @throws where it fails */
export const kubectl = (...args: string[]) => run('kubectl', ...options, ...args);
