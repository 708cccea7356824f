-- Keys of requests are hashes: in one index over all of them every new one touches a page of its own, in one over some
-- thousand requests few do. `bucket` is when the server began it, in milliseconds since 1970.
ALTER TABLE requests ADD COLUMN bucket BIGINT NOT NULL DEFAULT 0;
CREATE TABLE bucketed (
    bucket BIGINT NOT NULL,
    subject BIGINT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (bucket, subject, id)
) WITHOUT ROWID;
INSERT INTO bucketed (bucket, subject, id) SELECT 0, subject, id FROM request_subjects;
DROP TABLE request_subjects;
ALTER TABLE bucketed RENAME TO request_subjects;
