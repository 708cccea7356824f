-- Extension schemas that an operator declared, for a connection or, with an empty connection_id, for all of the
-- environment's. `urn` is the key, in lower case; the schema's JSON has it as it was written.
CREATE TABLE schemas (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    connection_id TEXT NOT NULL,
    urn TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    schema TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, connection_id, urn)
);

-- Extensions that nobody declared: `keep` or `refuse`; without a word, as the connection is tolerant or strict.
ALTER TABLE connections ADD COLUMN undeclared_extensions TEXT;
