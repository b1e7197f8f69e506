// A plugin for fastify-cli.
import { mark } from '../../../support/mark.ts';

export default async function plugin(app, _options) {
  app.get('/', async () => {
    mark('handler');
    return 'ok';
  });
  app.addHook('onListen', async () => {
    const { port } = app.server.address();
    console.log(await (await fetch(`http://127.0.0.1:${port}/`)).text());
    console.log('ready');
  });
}
