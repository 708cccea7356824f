-- One SQL text serves both engines, so types are the few they share: TEXT, BIGINT (booleans 0/1, times
-- in milliseconds since 1970), and bytes. JSON is TEXT: stored as written, read back byte for byte.

-- A closed world: its own keys, tenants, catalogue, log. `generation` counts changes of configuration;
-- a decision names the generation it was made under, and its commit verifies it.
CREATE TABLE environments (
    id TEXT PRIMARY KEY,
    generation BIGINT NOT NULL,
    catalog TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE operator_keys (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE tenants (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    key TEXT NOT NULL,
    parent TEXT,
    name TEXT NOT NULL,
    plan TEXT,
    kind TEXT,
    provisioning BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, key),
    FOREIGN KEY (environment_id, parent) REFERENCES tenants (environment_id, key)
);
CREATE INDEX tenants_parent ON tenants (environment_id, parent);

CREATE TABLE connections (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    strictness TEXT NOT NULL,
    grantable TEXT,
    decide BIGINT NOT NULL,
    active_revision BIGINT,
    redecide_total BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (environment_id, tenant) REFERENCES tenants (environment_id, key)
);
CREATE INDEX connections_tenant ON connections (environment_id, tenant);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    hash TEXT NOT NULL UNIQUE,
    last_four TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX tokens_connection ON tokens (connection_id);

-- Component bytes once for all environments; who may use them, per environment.
CREATE TABLE components (
    digest TEXT PRIMARY KEY,
    wasm BLOB NOT NULL
);
CREATE TABLE plugins (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    digest TEXT NOT NULL REFERENCES components (digest),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    exports TEXT NOT NULL,
    settings_schema TEXT,
    bytes BIGINT NOT NULL,
    stock BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, digest)
);

-- Immutable revisions; `slots` holds plugin, settings and prepared bytes of each slot.
CREATE TABLE mappings (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    revision BIGINT NOT NULL,
    slots TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    activated_at BIGINT,
    PRIMARY KEY (connection_id, revision)
);

-- What the IdP wrote. `version` is the ETag; `inputs` counts changes of what a decision about the user
-- reads besides the document: its memberships and the names of its groups.
CREATE TABLE resources (
    id TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    inputs BIGINT NOT NULL,
    name_key TEXT NOT NULL,
    display TEXT,
    external_id TEXT,
    active BIGINT NOT NULL,
    doc TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX resources_name ON resources (connection_id, kind, name_key);
CREATE UNIQUE INDEX resources_external ON resources (connection_id, kind, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX resources_order ON resources (connection_id, kind, id);

-- Multi-valued attributes that filters look up (emails.value), folded for comparison.
CREATE TABLE lookups (
    connection_id TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    PRIMARY KEY (connection_id, attribute, value, resource_id)
) WITHOUT ROWID;
CREATE INDEX lookups_resource ON lookups (resource_id);

CREATE TABLE members (
    group_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    display TEXT,
    PRIMARY KEY (group_id, member_id)
) WITHOUT ROWID;
CREATE INDEX members_member ON members (member_id, group_id);

CREATE TABLE decisions (
    user_id TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL,
    state TEXT NOT NULL,
    revision BIGINT,
    profile TEXT NOT NULL,
    explained TEXT NOT NULL,
    decided_at BIGINT NOT NULL
);
CREATE INDEX decisions_state ON decisions (connection_id, state);

-- The decisions in force. kind `tenant` is a placement; everything else is a grant in that tenant.
CREATE TABLE access (
    user_id TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    environment_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    object TEXT,
    reason TEXT NOT NULL,
    groups TEXT NOT NULL,
    PRIMARY KEY (user_id, ordinal)
) WITHOUT ROWID;
CREATE INDEX access_tenant ON access (environment_id, tenant, user_id);

-- Which group an item of access came from: when the user leaves it, the item ends.
CREATE TABLE access_groups (
    group_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    PRIMARY KEY (group_id, user_id, ordinal)
) WITHOUT ROWID;
CREATE INDEX access_groups_user ON access_groups (user_id);

-- Users whose decision is to be made again in the background.
CREATE TABLE due (
    user_id TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL,
    claimed_until BIGINT NOT NULL
);
CREATE INDEX due_connection ON due (connection_id);
CREATE INDEX due_claim ON due (claimed_until);

-- The log. Order (seq) and hash are given after the commit, by the sealer.
CREATE TABLE events (
    row_id INTEGER PRIMARY KEY AUTOINCREMENT,
    environment_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    type TEXT NOT NULL,
    connection_id TEXT,
    tenant TEXT,
    subject TEXT,
    data TEXT NOT NULL,
    seq BIGINT,
    hash TEXT
);
CREATE UNIQUE INDEX events_seq ON events (environment_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX events_unsealed ON events (environment_id, row_id) WHERE seq IS NULL;

CREATE TABLE chains (
    environment_id TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);
