import { readConfigOrExit } from '../service/config.ts';
import { startService } from '../service/start.ts';
import { buildApp } from './app.ts';
import { Config } from './config.ts';

const config = readConfigOrExit(Config);
await startService(await buildApp(config), { host: config.HOST, port: config.FRONTEND_PORT, portSetting: 'FRONTEND_PORT' });
