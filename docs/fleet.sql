-- Roles for records that many machines share: run it once, as the administrator of the database, by psql or any other client.
-- The passwords are examples. See tuning.md.

CREATE ROLE tern_tuners NOLOGIN;
CREATE ROLE tern_readers NOLOGIN;
CREATE SCHEMA tern AUTHORIZATION tern_tuners;
GRANT USAGE ON SCHEMA tern TO tern_readers;
ALTER DEFAULT PRIVILEGES FOR ROLE tern_tuners IN SCHEMA tern GRANT SELECT ON TABLES TO tern_readers;

-- Machines that tune: the tables belong to all of them, so that any one can bring them up to date. Each has one connection, and one or two
-- more for the moment in which it makes the tables.
CREATE ROLE tern_tuner LOGIN PASSWORD 'tuner' NOINHERIT CONNECTION LIMIT 200 IN ROLE tern_tuners;
ALTER ROLE tern_tuner SET role = 'tern_tuners';
ALTER ROLE tern_tuner SET search_path = tern;

-- Machines that run models: they read what was tuned.
CREATE ROLE tern_runner LOGIN PASSWORD 'runner' CONNECTION LIMIT 500 IN ROLE tern_readers;
ALTER ROLE tern_runner SET search_path = tern;
ALTER ROLE tern_runner SET default_transaction_read_only = on;
