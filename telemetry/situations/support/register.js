// The package from its sources. It is preloaded as JavaScript, as its build is: tsx behaves differently after a preloaded TypeScript file.
import '../../src/register.ts';
