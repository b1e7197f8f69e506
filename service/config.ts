// Settings come from the environment and are validated once, all together. Messages name the variable, its value and the accepted values.
import { type Static, type TObject, Type } from 'typebox';
import { textValidator } from './validation.ts';

/** EX_CONFIG of sysexits.h: an invalid setting. */
export const badSettingExitCode = 78;

export const port = () => Type.Integer({ minimum: 1, maximum: 65_535, description: 'a port from 1 to 65535' });

export const integer = (defaultValue: number, minimum: number, maximum: number) =>
  Type.Integer({ minimum, maximum, default: defaultValue, description: `an integer from ${minimum} to ${maximum}` });

export const url = (example: string) =>
  Type.String({
    pattern: '^https?://[^\\s/@?#]+/?$',
    format: 'url',
    description: `an address without a path or a user, such as ${example}`,
  });

/** The settings that every service has. */
export const commonSettings = {
  HOST: Type.String({ default: '127.0.0.1', description: 'an address of this machine' }),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'trace, debug, info, warn, error, fatal or silent',
  }),
  MAX_IN_FLIGHT: integer(256, 1, 100_000),
  FLAGD_ADDRESS: Type.Optional(
    Type.String({ pattern: '^[^\\s/:]+:\\d+$', description: 'a host and a port, such as flagd:8015' }),
  ),
  FAULTS_FILE: Type.Optional(Type.String({ description: 'the path of a file such as faults/flags.json' })),
};

/**
 * Reads the settings that a schema lists; an empty variable counts as not set. Each setting's `description` gives the accepted values.
 *
 * @throws {Error} with one line for each invalid variable
 */
export function readConfig<Schema extends TObject>(schema: Schema, env: NodeJS.ProcessEnv): Static<Schema> {
  const names = Object.keys(schema.properties);
  const given = Object.fromEntries(names.filter((name) => env[name]?.trim()).map((name) => [name, env[name]?.trim()]));
  const config = { ...given };
  const validate = textValidator.compile(schema);
  if (validate(config)) return config as Static<Schema>;
  const wrong = new Set(validate.errors?.map(({ instancePath, params }) => params.missingProperty ?? instancePath.slice(1)));
  throw new Error(
    [...wrong]
      .map(
        (name) =>
          `${name} is ${name in given ? `"${withoutCredentials(given[name] as string)}"` : 'not set'}; expected ${(schema.properties[name] as { description: string }).description}`,
      )
      .join('\n'),
  );
}

/** As `readConfig`, for a process: prints the errors and exits with code 78. */
export function readConfigOrExit<Schema extends TObject>(schema: Schema): Static<Schema> {
  try {
    return readConfig(schema, process.env);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(badSettingExitCode);
  }
}

/** The part of an address before the @ may contain a password. */
function withoutCredentials(value: string): string {
  return value.replace(/[^/]*@/, '…@');
}
