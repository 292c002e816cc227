-- The same for SQLite and PostgreSQL. Times are seconds, moments nanoseconds since 1970.

CREATE TABLE tern_trial (
    identity   TEXT PRIMARY KEY, -- SHA-256 of problem, candidate and environment
    subject    TEXT NOT NULL,    -- SHA-256 of problem and environment
    kernel     TEXT NOT NULL,
    m          INTEGER NOT NULL,
    k          INTEGER NOT NULL,
    max_tokens INTEGER NOT NULL,
    packing    TEXT NOT NULL,
    schedule   TEXT NOT NULL,
    processor  TEXT NOT NULL,
    jdk        TEXT NOT NULL,
    generation TEXT NOT NULL,
    threads    INTEGER NOT NULL,
    median     DOUBLE PRECISION, -- of a trial that was measured
    shortest   DOUBLE PRECISION,
    longest    DOUBLE PRECISION,
    samples    INTEGER,
    reason     TEXT,             -- of a trial that failed
    detail     TEXT,
    made_at    BIGINT NOT NULL
);

CREATE INDEX tern_trial_subject ON tern_trial (subject);

CREATE TABLE tern_tuned (
    identity       TEXT PRIMARY KEY, -- SHA-256 of both problems and the environment
    step_kernel    TEXT NOT NULL,
    step_m         INTEGER NOT NULL,
    step_k         INTEGER NOT NULL,
    step_tokens    INTEGER NOT NULL,
    batch_kernel   TEXT NOT NULL,
    batch_m        INTEGER NOT NULL,
    batch_k        INTEGER NOT NULL,
    batch_tokens   INTEGER NOT NULL,
    processor      TEXT NOT NULL,
    jdk            TEXT NOT NULL,
    generation     TEXT NOT NULL,
    threads        INTEGER NOT NULL,
    packing        TEXT NOT NULL,
    step_schedule  TEXT NOT NULL,
    batch_schedule TEXT NOT NULL,
    step_seconds   DOUBLE PRECISION NOT NULL,
    batch_seconds  DOUBLE PRECISION NOT NULL,
    made_at        BIGINT NOT NULL
);
