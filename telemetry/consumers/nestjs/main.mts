import 'reflect-metadata';
import { Body, Controller, Get, Module, Param, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import pg from 'pg';

const port = Number(process.env.PORT);
const pool = new pg.Pool();

@Controller('orders')
class Orders {
  @Post()
  async create(@Req() request: Pick<FastifyRequest, 'log'>, @Body() body: { item: string }): Promise<unknown> {
    request.log.info('order received');
    const { rows } = await pool.query<{ id: string }>('INSERT INTO orders (item) VALUES ($1) RETURNING id', [body.item]);
    const response = await fetch(`http://127.0.0.1:${port}/orders/${rows[0]?.id}`);
    return response.json();
  }

  @Get(':id')
  read(@Req() request: Pick<FastifyRequest, 'log'>, @Param('id') id: string): { id: string } {
    request.log.info('order read');
    return { id };
  }
}

@Module({ controllers: [Orders] })
class Application {}

async function main(): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(Application, new FastifyAdapter({ logger: true }));
  app.enableShutdownHooks();
  await app.listen(port, '127.0.0.1');
}

void main();
