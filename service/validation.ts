// A strict validator for JSON bodies, and one that converts types for text: query strings, path parameters, environment variables.
import { Ajv, type ErrorObject, type Options } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';

/** Without `strictNumbers`, which would skip the limits for Infinity (1e999). */
const options: Options = { useDefaults: true, strict: true, strictNumbers: false, formats: { url: URL.canParse } };

const bodyValidator = new Ajv(options);
export const textValidator = new Ajv({ ...options, coerceTypes: true, allErrors: true });

export const validatorCompiler: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? bodyValidator : textValidator).compile(schema);

/** Such as `body/value must be integer`, `querystring/limit must be <= 1000`. */
export function formatValidationErrors(errors: ErrorObject[], part: string): Error {
  return new Error(errors.map((error) => `${part}${error.instancePath} ${error.message}${named(error)}`).join(', '));
}

function named({ params }: ErrorObject): string {
  return params.additionalProperty ? `: "${params.additionalProperty}"` : '';
}
