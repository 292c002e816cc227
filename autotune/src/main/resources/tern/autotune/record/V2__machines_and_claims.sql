-- For machines that share records. Times are seconds, moments nanoseconds since 1970.

CREATE TABLE tern_machine (
    identity   TEXT PRIMARY KEY, -- SHA-256 of name and environment
    name       TEXT NOT NULL,
    processor  TEXT NOT NULL,
    jdk        TEXT NOT NULL,
    generation TEXT NOT NULL,
    threads    INTEGER NOT NULL,
    bandwidth  DOUBLE PRECISION NOT NULL, -- bytes a second, as measured there
    slowness   DOUBLE PRECISION NOT NULL, -- time of winners there, over their recorded time
    made_at    BIGINT NOT NULL
);

-- Work in hand; a row goes when the work is done or given back.
CREATE TABLE tern_claim (
    work     TEXT PRIMARY KEY, -- identity of the trial or the winner to be
    claimant TEXT NOT NULL,
    until    BIGINT NOT NULL   -- by the database's clock; anybody's from then on
);
