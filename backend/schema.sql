-- Run at every start of the backend; idempotent. The lock lets several backends start at once.
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('numbers'));

CREATE TABLE IF NOT EXISTS numbers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- its index also serves the latest rows
  value integer NOT NULL,
  trace_id text,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Checked first: even without a change, ALTER TABLE waits for every transaction on the table (a backup, for example) and blocks those behind it.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'numbers'::regclass AND attname = 'idempotency_key') THEN
    ALTER TABLE numbers ADD COLUMN idempotency_key text UNIQUE; -- any number of rows may have no key
  END IF;
END
$$;

COMMIT;
