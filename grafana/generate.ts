// npm run dashboards: generates the files that Grafana reads from the TypeScript sources.
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { alerting } from './alerts.ts';
import { home } from './dashboards/home.ts';
import { pipeline } from './dashboards/pipeline.ts';

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const yaml = (value: unknown) => stringify(JSON.parse(json(value)), { lineWidth: 0 });

/** The text of each file, by its path in this folder. */
export const files: Record<string, string> = {
  'dashboards/home.json': json(home),
  'dashboards/pipeline.json': json(pipeline),
  'provisioning/alerting/alerts.yaml': `# Written by npm run dashboards, from grafana/alerts.ts\n${yaml(alerting)}`,
};

if (import.meta.main) {
  for (const [path, text] of Object.entries(files)) writeFileSync(new URL(path, import.meta.url), text);
  console.log(`written: ${Object.keys(files).join(', ')}`);
}
