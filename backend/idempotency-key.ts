// A client that got no response cannot know whether its number was stored. It may retry with the same key: there will be one row.
// https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07
import { Type } from 'typebox';

export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^("[\\w.:~-]{1,64}"|[\\w.:~-]{1,64})$',
      description:
        'The same for each attempt of one write, such as a UUID: 1 to 64 letters, digits and . : _ ~ -, with or without quotation marks',
    }),
  ),
});

/** @returns the key without the quotation marks, which the draft requires and many clients omit; null without a key */
export function readIdempotencyKey(headers: { 'idempotency-key'?: string }): string | null {
  return headers['idempotency-key']?.replaceAll('"', '') ?? null;
}
