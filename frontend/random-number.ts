import { randomInt } from 'node:crypto';

export function randomNumber(): number {
  return randomInt(1_000_000);
}
