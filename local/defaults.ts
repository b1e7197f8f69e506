// Loaded before a service that is started by hand, as npm run backend does: it finds the demo's database and receiver, unless the
// standard variables in the environment say otherwise.
import { serviceEnvironment } from './environment.ts';

for (const [name, value] of Object.entries(serviceEnvironment())) process.env[name] ||= value;
