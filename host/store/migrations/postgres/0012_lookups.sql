-- What filters and delta reads look up besides names. `display_key` is the folded displayName of a user, cut to what an
-- index takes.
ALTER TABLE resources ADD COLUMN display_key TEXT COLLATE "C";
CREATE INDEX resources_display ON resources (connection_id, kind, display_key, id) WHERE display_key IS NOT NULL;
CREATE INDEX resources_modified ON resources (connection_id, kind, modified_at, id);

-- Rows from before are keyed by the server, since no database folds as the protocol does; empty from then on.
CREATE INDEX resources_unkeyed ON resources (id) WHERE kind = 'User' AND display IS NOT NULL AND display_key IS NULL;
