-- A host of a version from before there were keys changes a displayName and leaves the key of the old one. Without a key
-- the user is found all the same, and keyed when the next host starts. Another case of letters is no other key.
CREATE TRIGGER resources_display_key AFTER UPDATE OF display ON resources
WHEN OLD.display_key = NEW.display_key AND lower(OLD.display) IS NOT lower(NEW.display) BEGIN
    UPDATE resources SET display_key = NULL WHERE id = NEW.id;
END;

-- By connection, as they are looked for.
DROP INDEX resources_unkeyed;
CREATE INDEX resources_unkeyed ON resources (connection_id, kind, id)
    WHERE kind = 'User' AND display IS NOT NULL AND display_key IS NULL;
