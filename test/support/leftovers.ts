// Vitest's setupFiles: after each test file.
import { afterAll } from 'vitest';
import { killLeftovers } from './service.ts';

afterAll(killLeftovers);
