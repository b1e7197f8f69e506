// Ports that other programs use: named with their holder and the variable that chooses another port.
import { holderOf } from '../telemetry/src/dev/port-holder.ts';
import { isTaken } from '../telemetry/src/dev/taken-ports.ts';
import { type Component, components } from './components.ts';
import { noteOf, stateOf } from './process.ts';
import { type PortName, settings } from './settings.ts';

/** @throws {Error} with a line for each port of these components that is in use by something that make up has not started */
export async function refuseTakenPorts(missing: Component[]): Promise<void> {
  const own = components.filter(({ name }) => stateOf(name) === 'running').flatMap(({ name }) => noteOf(name)?.ports ?? []);
  const taken: PortName[] = [];
  for (const name of missing.flatMap(({ ports }) => ports)) {
    if (!own.includes(settings[name]) && (await isTaken(settings[name]))) taken.push(name);
  }
  if (taken.length > 0) throw new Error(taken.map(describeTakenPort).join('\n'));
}

/** @throws {Error} if another process than that of the component has one of its ports; not where the holder cannot be seen */
export function refuseStranger({ name, ports }: Component): void {
  const stranger = ports.find((port) => {
    const [, pid] = /\(process (\d+)\)$/.exec(holderOf(settings[port])) ?? [];
    return pid !== undefined && Number(pid) !== noteOf(name)?.pid;
  });
  if (stranger) throw new Error(describeTakenPort(stranger));
}

function describeTakenPort(name: PortName): string {
  const port = settings[name];
  return `port ${port} is in use by ${holderOf(port)}: stop it, or choose another port: ${name}=${port > 64_535 ? port - 1_000 : port + 1_000} make up MODE=local`;
}
