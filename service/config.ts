// Settings come from the environment, are checked once, and a wrong one is said in a sentence that names the variable.
import { type Static, type TObject, Type } from 'typebox';
import { textValidator } from './validation.ts';

/** EX_CONFIG of sysexits.h: started with a setting that cannot be used. */
export const badSettingExitCode = 78;

export const port = () => Type.Integer({ minimum: 1, maximum: 65_535, description: 'a port from 1 to 65535' });

export const integer = (defaultValue: number, minimum: number, maximum: number) =>
  Type.Integer({ minimum, maximum, default: defaultValue, description: `an integer from ${minimum} to ${maximum}` });

export const url = (protocol: string, example: string) =>
  Type.String({
    pattern: `^${protocol}://[^\\s/@?#]+/?$`,
    format: 'url',
    description: `an address without a path or a user, such as ${example}`,
  });

/** What every service can be told. */
export const commonSettings = {
  HOST: Type.String({ default: '127.0.0.1', description: 'an address of this machine' }),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'trace, debug, info, warn, error, fatal or silent',
  }),
  MAX_IN_FLIGHT: integer(256, 1, 100_000),
};

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the settings that a schema lists; empty counts as not set. Each setting's `description` says what it takes.
 *
 * @throws {ConfigError} with one sentence for each variable that cannot be used
 */
export function readConfig<Schema extends TObject>(schema: Schema, env: NodeJS.ProcessEnv): Static<Schema> {
  const names = Object.keys(schema.properties);
  const given = Object.fromEntries(names.filter((name) => env[name]?.trim()).map((name) => [name, env[name]?.trim()]));
  const config = { ...given };
  const validate = textValidator.compile(schema);
  if (validate(config)) return config as Static<Schema>;
  const wrong = new Set(validate.errors?.map(({ instancePath, params }) => params.missingProperty ?? instancePath.slice(1)));
  throw new ConfigError(
    [...wrong]
      .map(
        (name) =>
          `${name} is ${name in given ? `"${withoutUser(given[name] as string)}"` : 'not set'}; it takes ${describe(schema, name)}`,
      )
      .join('\n'),
  );
}

/** As `readConfig`, for a process: says what is wrong and ends with exit code 78. */
export function readConfigOrExit<Schema extends TObject>(schema: Schema): Static<Schema> {
  try {
    return readConfig(schema, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(badSettingExitCode);
  }
}

/** What stands before the @ of an address may be a password. */
function withoutUser(value: string): string {
  return value.replace(/[^/]*@/, '…@');
}

function describe(schema: TObject, name: string): string {
  return (schema.properties[name] as { description?: string }).description ?? 'another value';
}
