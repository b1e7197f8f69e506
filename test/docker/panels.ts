// npm run panels: what each query of each panel and alert gives on the stack that runs.
import { answerTo } from './answers.ts';
import { queries } from './queries.ts';
import { queryMetrics } from './stack.ts';

const columns = (...texts: string[]) => texts.map((text, position) => text.padEnd([9, 40, 6, 5][position] ?? 0)).join(' ');

await queryMetrics('up').catch((error) => {
  console.error(
    `Prometheus does not answer at port ${process.env.PROMETHEUS_PORT} (${error.cause?.code ?? error.message}): make up MODE=docker`,
  );
  process.exit(1);
});

let faulty = 0;
console.log(columns('dashboard', 'panel', 'query', ' rows'));
for (const query of queries()) {
  const { rows, faults } = await answerTo(query);
  if (faults.length > 0) faulty++;
  console.log(columns(query.dashboard, query.panel, query.refId, String(rows).padStart(5), faults.join('; ')).trimEnd());
}
console.log(`${queries().length} queries, ${faulty} without what their panel shows`);
process.exitCode = faulty === 0 ? 0 : 1;
