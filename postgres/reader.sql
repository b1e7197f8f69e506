-- Grafana's role: reads, and nothing else. Run once, when the volume is new.
-- The backend makes its tables later, so the right is given to what it will make.
\getenv password READER_PASSWORD
CREATE ROLE reader LOGIN PASSWORD :'password';
ALTER ROLE reader SET default_transaction_read_only = on;
ALTER ROLE reader SET statement_timeout = '10s';
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reader;
