-- Two roles, neither a superuser: the backend's, which owns its database, and Grafana's, which reads.
-- Run once, when the volume is new.
\getenv database BACKEND_DATABASE
\getenv backend BACKEND_USER
\getenv backend_password BACKEND_PASSWORD
\getenv reader_password READER_PASSWORD

CREATE ROLE :"backend" LOGIN PASSWORD :'backend_password';
CREATE DATABASE :"database" OWNER :"backend";

CREATE ROLE reader LOGIN PASSWORD :'reader_password' CONNECTION LIMIT 20;
ALTER ROLE reader SET default_transaction_read_only = on;
ALTER ROLE reader SET statement_timeout = '10s';

-- The backend makes its tables later, so the right is given to what it will make.
\connect :"database"
REVOKE ALL ON DATABASE :"database", postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO reader;
-- Large objects belong to no schema: everyone may make them else.
REVOKE EXECUTE ON FUNCTION lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea) FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE :"backend" GRANT SELECT ON TABLES TO reader;

-- The database is complete: docker-compose.yml starts it anew where this was not reached.
\! rm -f /var/lib/postgresql/creating
