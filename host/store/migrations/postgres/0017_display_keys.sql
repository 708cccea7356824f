-- A host of a version from before there were keys changes a displayName and leaves the key of the old one. Without a key
-- the user is found all the same, and keyed when the next host starts. Another case of letters is no other key.
CREATE FUNCTION forget_display_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.display_key := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER resources_display_key BEFORE UPDATE OF display ON resources
    FOR EACH ROW WHEN (OLD.display_key = NEW.display_key
        AND lower(OLD.display COLLATE "C") IS DISTINCT FROM lower(NEW.display COLLATE "C"))
    EXECUTE FUNCTION forget_display_key();

-- By connection, as they are looked for.
DROP INDEX resources_unkeyed;
CREATE INDEX resources_unkeyed ON resources (connection_id, kind, id)
    WHERE kind = 'User' AND display IS NOT NULL AND display_key IS NULL;
