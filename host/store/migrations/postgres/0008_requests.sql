-- What came over SCIM, call by call: an observation beside the log, bounded per connection and pruned. `id` is the
-- correlation id, a UUID version 7: it sorts by time and carries it. `outcome` is "STATUS METHOD"; `subjects` lists the
-- keys under which the request stands in request_subjects (JSON); record (JSON) and body are bytes, so that a batch of
-- them is cut from one. No foreign key: a deleted connection's requests go
-- in small batches.
CREATE TABLE requests (
    connection_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    subjects TEXT NOT NULL,
    record BYTEA NOT NULL,
    body BYTEA,
    PRIMARY KEY (connection_id, id)
);
CREATE INDEX requests_outcome ON requests (connection_id, outcome, id);

-- Whom and what requests were about: a hash of connection, resource type and id or name.
CREATE TABLE request_subjects (
    subject BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (subject, id)
);

-- Calls that were counted and not kept.
CREATE TABLE request_gaps (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    reason TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    to_at BIGINT NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (connection_id, reason, from_at)
);

-- What a connection's IdP does, counted by kind of call; `last` describes the last one (JSON).
CREATE TABLE activity (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    times BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    last TEXT NOT NULL,
    PRIMARY KEY (connection_id, name)
);
