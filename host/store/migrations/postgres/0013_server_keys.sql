-- Keys that all hosts on this database share, by what they are for: `artefacts` seals compiled code on their disks.
CREATE TABLE server_keys (
    purpose TEXT PRIMARY KEY,
    key BYTEA NOT NULL
);
