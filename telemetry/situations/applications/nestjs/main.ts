// NestJS on Fastify, with its shutdown hooks.
import 'reflect-metadata';
import { Controller, Get, Module, RequestMethod } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { sendRequest } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

class Cats {
  find() {
    mark('controller');
    return [{ name: 'tom' }];
  }
  onApplicationShutdown(signal?: string) {
    console.log('onApplicationShutdown', signal);
  }
}
// decorators are called as functions, because type stripping does not support their syntax
Controller('cats')(Cats);
Get()(Cats.prototype, 'find', Object.getOwnPropertyDescriptor(Cats.prototype, 'find') as PropertyDescriptor);
class App {}
Module({ controllers: [Cats] })(App);

const app = await NestFactory.create(App, new FastifyAdapter() as never, { logger: ['error'] });
app.setGlobalPrefix('api', { exclude: [{ path: 'none', method: RequestMethod.GET }] });
if (process.argv[2] === 'hooks') app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
const answer = await sendRequest(`${(await app.getUrl()).replace('[::1]', '127.0.0.1')}/api/cats`);
console.log(answer.status, answer.body);
process.on('exit', (code) => console.log('exit event', code));
console.log(process.listenerCount('SIGTERM'), process.listenerCount('SIGINT'));
console.log('ready');
