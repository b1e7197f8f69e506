import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Component } from './components.ts';
import { refuseStranger } from './ports.ts';
import { logFile, start, stateOf } from './process.ts';
import { settings } from './settings.ts';

/**
 * Starts a component, and waits until it is ready.
 *
 * @param interrupted ends the wait
 * @throws {Error} if it ends, or is not ready in time, or if another process answers in its place
 */
export async function startComponent(component: Component, interrupted: AbortSignal, withinMs: number): Promise<void> {
  const { name, ports, command, check } = component;
  interrupted.throwIfAborted();
  const numbers = ports.map((port) => settings[port]);
  start(name, numbers, await command());
  const deadline = Date.now() + withinMs;
  let isReady = false;
  let reason = '';
  while (!isReady && stateOf(name) === 'running' && Date.now() < deadline) {
    interrupted.throwIfAborted();
    try {
      await check();
      isReady = true;
    } catch (error) {
      reason = (error as Error).message;
      await pause(50);
    }
  }
  refuseStranger(component);
  if (isReady) return;
  const what = stateOf(name) === 'running' ? `is not ready after ${withinMs / 1_000} s (${reason})` : 'ended';
  const lines = readFileSync(logFile(name), 'utf8').trimEnd().split('\n').slice(-15);
  throw new Error(`${name} ${what}. The end of its log, ${logFile(name)}:\n${lines.join('\n')}`);
}
