-- Run at every start of the backend; does nothing where all is there. The lock lets several backends start at once.
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('numbers'));

CREATE TABLE IF NOT EXISTS numbers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- its index serves the latest rows too
  value integer NOT NULL,
  trace_id text,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Asked first: ALTER TABLE, even with nothing to do, waits for all who use the table, a backup say, and makes others wait behind it.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'numbers'::regclass AND attname = 'idempotency_key') THEN
    ALTER TABLE numbers ADD COLUMN idempotency_key text UNIQUE; -- any number of rows may have none
  END IF;
END
$$;

COMMIT;
