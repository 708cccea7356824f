-- Public keys (Ed25519) of those who may sign an environment's plugins. A revoked one stays: what it signed shows it.
CREATE TABLE plugin_keys (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    public_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (environment_id, id)
);

CREATE TABLE plugin_signatures (
    environment_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    key_id TEXT NOT NULL,
    signature TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, digest, key_id),
    FOREIGN KEY (environment_id, digest) REFERENCES plugins (environment_id, digest),
    FOREIGN KEY (environment_id, key_id) REFERENCES plugin_keys (environment_id, id)
);

-- Whether mappings take signed plugins only.
ALTER TABLE environments ADD COLUMN require_signatures BIGINT NOT NULL DEFAULT 0;
