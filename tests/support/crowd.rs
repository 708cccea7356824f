//! Many users, put into the database behind the server's back: over HTTP, one by one, they would take minutes.

use std::ops::RangeInclusive;

use super::{Acme, Database};

/// What the user with a number is called; its id, too.
pub(crate) fn nth(number: usize) -> String {
    format!("u{number:08}")
}

impl Acme {
    /// Users with those numbers. Each was changed at the millisecond of its number, in 1970.
    pub(crate) async fn crowd(&self, numbers: RangeInclusive<usize>) {
        let user = "'{\"userName\":\"u' || n || '\",\"externalId\":\"x' || n || '\",\"displayName\":\"D' || n || '\",\
             \"emails\":[{\"type\":\"work\",\"value\":\"u' || n || '@home.example\"}]}'";
        let connection = &self.connection.id;
        let resources = "INSERT INTO resources (id, connection_id, kind, version, inputs, name_key, display, display_key, \
             external_id, active, doc, created_at, modified_at)";
        self.fill(
            &numbers,
            resources,
            &format!(
                "'u' || n, '{connection}', 'User', 1, 1, 'u' || n, 'D' || n, 'd' || n, 'x' || n, 1, {user}, i, i"
            ),
        )
        .await;
        let lookups = "INSERT INTO lookups (connection_id, attribute, value, resource_id)";
        let email =
            format!("'{connection}', 'emails.value', 'u' || n || '@home.example', 'u' || n");
        self.fill(&numbers, lookups, &email).await;
    }

    /// Lets users with those numbers join a group.
    pub(crate) async fn crowd_into(&self, group: &str, numbers: RangeInclusive<usize>) {
        let connection = &self.connection.id;
        let members = "INSERT INTO members (group_id, member_id, connection_id, kind)";
        let member = format!("'{group}', 'u' || n, '{connection}', 'User'");
        self.fill(&numbers, members, &member).await;
    }

    /// Lets a member join the groups with those numbers.
    pub(crate) async fn crowd_above(&self, member: &str, numbers: RangeInclusive<usize>) {
        let connection = &self.connection.id;
        let members = "INSERT INTO members (group_id, member_id, connection_id, kind)";
        let member = format!("'u' || n, '{member}', '{connection}', 'User'");
        self.fill(&numbers, members, &member).await;
    }

    /// One row for each number `i`, which is `n` in eight digits.
    async fn fill(&self, numbers: &RangeInclusive<usize>, insert: &str, columns: &str) {
        let (first, last) = (numbers.start(), numbers.end());
        let statement = format!(
            "{insert} WITH RECURSIVE numbers (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM numbers WHERE i < {last}) \
             SELECT {columns} FROM (SELECT i, substr(CAST(100000000 + i AS TEXT), 2) AS n FROM numbers) numbered"
        );
        self.database.run(&statement).await;
        if let Database::Postgres(..) = &self.database {
            self.database.run("ANALYZE").await;
        }
    }
}
