// One validator for bodies, where a "7" is not a 7, and one for texts: query strings, path parameters, environment variables.
import { Ajv, type ErrorObject, type Options } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';

/** Not `strictNumbers`: with it, what is coerced to Infinity (1e999) is held against no limit. */
const options: Options = { useDefaults: true, strict: true, strictNumbers: false, formats: { url: URL.canParse } };

export const bodyValidator = new Ajv(options);
export const textValidator = new Ajv({ ...options, coerceTypes: true, allErrors: true });

export const validatorCompiler: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? bodyValidator : textValidator).compile(schema);

/** Says what is wrong in the words of the request: `body/value must be integer`, `querystring/limit must be <= 1000`. */
export function formatValidationErrors(errors: ErrorObject[], part: string): Error {
  return new Error(errors.map((error) => `${part}${error.instancePath} ${error.message}${named(error)}`).join(', '));
}

function named({ params }: ErrorObject): string {
  return params.additionalProperty ? `: "${params.additionalProperty}"` : '';
}
