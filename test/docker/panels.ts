// npm run panels: what each query of each panel and alert gives on the stack that runs.
import { answerTo } from './answers.ts';
import { queries } from './queries.ts';

const columns = (...texts: string[]) => texts.map((text, position) => text.padEnd([9, 40, 6, 5][position] ?? 0)).join(' ');
let empty = 0;

console.log(columns('dashboard', 'panel', 'query', ' rows'));
for (const query of queries()) {
  const { rows, faults } = await answerTo(query);
  if (faults.length > 0) empty++;
  console.log(columns(query.dashboard, query.panel, query.refId, String(rows).padStart(5), faults.join('; ')));
}
console.log(`${queries().length} queries, ${empty} with a fault`);
process.exitCode = empty === 0 ? 0 : 1;
