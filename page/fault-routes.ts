// The switches of the "Break it" strip: the file that make fault writes, too.
import { setTimeout as pause } from 'node:timers/promises';
import { Type } from 'typebox';
import type { FaultSettings } from '../faults/faults.ts';
import { faultNames, readSwitches, switchFaults, watchIntervalMs } from '../faults/switches.ts';
import type { Service } from '../service/build.ts';
import { ErrorResponse, ServiceError } from '../service/errors.ts';
import { untraced } from '../service/untraced.ts';
import { requireSameOrigin } from './require-same-origin.ts';

const Switches = Type.Array(
  Type.Object({
    name: Type.String(),
    isOn: Type.Boolean(),
    service: Type.String({ description: 'which it breaks' }),
    description: Type.String(),
  }),
);

const On = Type.Object(
  { on: Type.Array(Type.Enum(faultNames), { description: 'the faults to switch on; all others are switched off' }) },
  { additionalProperties: false },
);

/** flagd looks at the file every second. */
const flagdNoticesWithinMs = 1_500;

/** @param settings.FAULTS_FILE undefined: this service has no faults, or they cannot be switched here */
export function addFaultRoutes(app: Service, { FAULTS_FILE: file, FLAGD_ADDRESS }: FaultSettings): void {
  app.get(
    '/faults',
    {
      config: untraced,
      schema: { summary: 'The faults that can be switched on', response: { 200: Switches, 503: ErrorResponse } },
    },
    () => read(file),
  );

  app.post(
    '/faults',
    {
      config: untraced,
      onRequest: requireSameOrigin,
      schema: {
        summary: 'Switch faults on and off',
        description: 'Responds when the services have noticed it.',
        body: On,
        response: { 200: Switches, 400: ErrorResponse, 403: ErrorResponse, 404: ErrorResponse, 503: ErrorResponse },
      },
    },
    async ({ body: { on }, log }) => {
      if (!file) throw new ServiceError(404, 'this service has no faults: FAULTS_FILE is not set');
      attempt('written', () => switchFaults(file, on));
      log.info(`faults that are on: ${on.join(', ') || 'none'}`);
      await pause(FLAGD_ADDRESS ? flagdNoticesWithinMs : 2 * watchIntervalMs); // so that the next write is already affected
      return read(file);
    },
  );
}

function read(file: string | undefined) {
  return file ? attempt('read', () => readSwitches(file)) : [];
}

function attempt<Result>(verb: string, action: () => Result): Result {
  try {
    return action();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new ServiceError(503, `the file of the faults cannot be ${verb} (${code ?? message}): run make fault NAME=off`, {
      cause,
    });
  }
}
