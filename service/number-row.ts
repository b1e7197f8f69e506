// A number as both services return it.
import { type Static, Type } from 'typebox';

/** PostgreSQL's `integer`: https://www.postgresql.org/docs/current/datatype-numeric.html */
export const Value = Type.Integer({
  minimum: -2_147_483_648,
  maximum: 2_147_483_647,
  description: 'a PostgreSQL integer',
});

export const NumberRow = Type.Object({
  id: Type.Integer(),
  value: Value,
  createdAt: Type.String({ description: 'ISO 8601' }),
  traceId: Type.Union([Type.String(), Type.Null()], { description: 'the trace that wrote it' }),
});

export const NumberRows = Type.Array(NumberRow);

export const LatestQuery = Type.Object(
  { limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }) },
  { additionalProperties: false, required: [] }, // clients may omit what has a default
);

export type NumberRow = Static<typeof NumberRow>;
