-- Plugins that failed so often for a connection that they are not asked for a while: `open`, `half_open` while somebody
-- is decided to try, `closed` again after that. `revision` is the mapping they failed in; `next_at` is when to try,
-- without it nobody does; `returned_to` is the revision that the server went back to by itself.
CREATE TABLE breakers (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    revision BIGINT NOT NULL,
    state TEXT NOT NULL,
    failures BIGINT NOT NULL,
    problem TEXT NOT NULL,
    wait BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    next_at BIGINT,
    closed_at BIGINT,
    returned_to BIGINT,
    PRIMARY KEY (connection_id, digest)
);
CREATE INDEX breakers_next ON breakers (next_at) WHERE next_at IS NOT NULL;

-- Whether the revision decided about somebody, and with closed breakers, when another took its place; when that was; and when
-- the server went back from it.
ALTER TABLE mappings ADD COLUMN worked BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mappings ADD COLUMN replaced_at BIGINT;
ALTER TABLE mappings ADD COLUMN returned_from_at BIGINT;

-- Few are pending; who is, is looked for again and again.
CREATE INDEX decisions_pending ON decisions (connection_id, decided_at, user_id) WHERE state = 'pending';
