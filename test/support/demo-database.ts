/** How to connect to the database that `make up` started, as the backend does. The settings of .env have to be loaded. */
export function demoDatabase() {
  const { POSTGRES_HOST = 'localhost', POSTGRES_PORT, BACKEND_PASSWORD } = process.env;
  return { host: POSTGRES_HOST, port: Number(POSTGRES_PORT), database: 'demo', user: 'demo', password: BACKEND_PASSWORD ?? '' };
}
