-- Names are compared and ordered by their bytes, as on SQLite and in the protocol, whatever the database's locale.
ALTER TABLE resources ALTER COLUMN name_key TYPE TEXT COLLATE "C";
