// A client that got no answer cannot know whether its number was kept. With the same key it may ask again: there will be one row.
// https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07
import { Type } from 'typebox';

export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^("[\\w.:~-]{1,64}"|[\\w.:~-]{1,64})$',
      description:
        'The same for each try of one write, such as a UUID: 1 to 64 letters, digits and . : _ ~ -, with or without quotation marks',
    }),
  ),
});

/** The key without the quotation marks that the draft wants and many clients leave out; null where there is none. */
export function keyOf(headers: { 'idempotency-key'?: string }): string | null {
  return headers['idempotency-key']?.replaceAll('"', '') ?? null;
}
