import { holderOf } from '../telemetry/src/dev/port-holder.ts';
import { isTaken } from '../telemetry/src/dev/taken-ports.ts';
import { type Component, components } from './components.ts';
import { logFile, noteOf, stateOf } from './process.ts';
import { settings } from './settings.ts';

/** Prints one line for each component, and names what else listens on its ports. */
export async function showStatus(): Promise<void> {
  for (const component of components) {
    const state = stateOf(component.name);
    const ports = noteOf(component.name)?.ports ?? component.ports.map((name) => settings[name]);
    const line = `  ${component.name.padEnd(12)} ${state.padEnd(9)} port ${ports.join(', ').padEnd(12)} ${await remark(component, ports)}`;
    console.log(line.trimEnd());
  }
}

async function remark({ name }: Component, ports: number[]): Promise<string> {
  const state = stateOf(name);
  if (state === 'running') return `process ${noteOf(name)?.pid}`;
  if (state === 'crashed') return `see ${logFile(name)}; make up starts it again`;
  const remarks: string[] = [];
  for (const port of ports) {
    if (await isTaken(port)) remarks.push(`port ${port} is in use by ${holderOf(port)}, which make up did not start`);
  }
  return remarks.join('; ');
}
