-- What a connection's IdP may do (a JSON array), and what becomes of a user it deletes: `purge`, or `deactivate`: the
-- row stays, of kind DeletedUser, which no SCIM request looks at.
ALTER TABLE connections ADD COLUMN operations TEXT NOT NULL DEFAULT '["create","update","deactivate","delete"]';
ALTER TABLE connections ADD COLUMN on_delete TEXT NOT NULL DEFAULT 'purge';

-- What a connection's IdP was forgiven, by the name of the deviation.
CREATE TABLE tolerances (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    times BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, name)
);
