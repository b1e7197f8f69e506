-- Run at every start of the backend; does nothing where all is there. The lock lets several backends start at once.
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('numbers'));

CREATE TABLE IF NOT EXISTS numbers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- its index serves the latest rows too
  value integer NOT NULL,
  trace_id text,
  created_at timestamptz NOT NULL DEFAULT now()
);

COMMIT;
