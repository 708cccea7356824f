//! What a request costs the database, counted: time would tell more about the machine.

use super::{Acme, Database, Scim, eventually};

impl Acme {
    /// Rows that PostgreSQL reads for a server that starts and answers a request; or bytes that SQLite reads from its
    /// file for the request, with nothing in memory yet. Comparable among requests to one database.
    pub(crate) async fn cost(&mut self, ask: impl AsyncFnOnce(&Scim)) -> u64 {
        match self.database.clone() {
            Database::Sqlite(_) => {
                self.server.restart().await;
                self.reconnect();
                let before = self.server.bytes_read();
                ask(&self.scim).await;
                self.server.bytes_read() - before
            }
            Database::Postgres(cluster, name) => {
                // PostgreSQL counts for certain what a connection did when it ends.
                let left = async || (cluster.hosts(&name) == 0).then(|| cluster.rows_read(&name));
                self.server.kill_9().await;
                let before = eventually("the end of the server's connections", left).await;
                self.server.restart().await;
                self.reconnect();
                ask(&self.scim).await;
                self.server.kill_9().await;
                eventually("the end of the server's connections", left).await - before
            }
        }
    }
}
