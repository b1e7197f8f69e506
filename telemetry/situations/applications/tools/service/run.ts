import { serve } from './app.ts';

console.log(await serve());
