-- Keys of requests are hashes: in one index over all of them every new one touches a page of its own, in one over some
-- thousand requests few do. `bucket` is when the server began it, in milliseconds since 1970.
ALTER TABLE requests ADD COLUMN bucket BIGINT NOT NULL DEFAULT 0;
ALTER TABLE request_subjects ADD COLUMN bucket BIGINT NOT NULL DEFAULT 0;
ALTER TABLE request_subjects DROP CONSTRAINT request_subjects_pkey;
ALTER TABLE request_subjects ADD PRIMARY KEY (bucket, subject, id);
