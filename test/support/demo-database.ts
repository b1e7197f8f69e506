/** Connection settings of the database that `make up` started, as the backend uses them. Needs the settings of .env. */
export function demoDatabase() {
  const { POSTGRES_HOST = 'localhost', POSTGRES_PORT, BACKEND_PASSWORD } = process.env;
  return { host: POSTGRES_HOST, port: Number(POSTGRES_PORT), database: 'demo', user: 'demo', password: BACKEND_PASSWORD ?? '' };
}
