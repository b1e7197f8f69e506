// A service in CommonJS.
import { createRequire } from 'node:module';

createRequire(import.meta.url)('./service/app.cjs');
