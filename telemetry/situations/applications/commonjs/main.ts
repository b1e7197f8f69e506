// A CommonJS service.
import { createRequire } from 'node:module';

createRequire(import.meta.url)('./service/app.cjs');
