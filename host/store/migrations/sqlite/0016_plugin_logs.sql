-- What plugins said while they decided, and where they failed: an observation beside the log, bounded per connection.
-- `seq` counts a connection's lines, in the order of their commits; `level` goes from 0 (debug) to 4 (panic).
CREATE TABLE plugin_logs (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    user_id TEXT NOT NULL,
    slot TEXT NOT NULL,
    level BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (connection_id, seq)
);
CREATE INDEX plugin_logs_at ON plugin_logs (at);

-- Where a connection's lines end: how many there were, the bytes of those that are kept, and how many were too much.
CREATE TABLE plugin_log_ends (
    connection_id TEXT PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    lines BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    dropped BIGINT NOT NULL,
    dropped_at BIGINT
);
