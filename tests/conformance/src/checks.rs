//! The checks, in the order of the RFCs.

mod attributes;
mod bulk;
mod create;
mod cursors;
mod delete;
mod discovery;
mod errors;
mod filter;
mod paging;
mod patch;
mod projection;
mod read;
mod replace;
mod requests;
mod resources;
mod search;
mod sorting;
mod versions;

use crate::check::Check;

/// Every check.
pub(crate) fn all() -> Vec<Check> {
    [
        attributes::checks(),
        resources::checks(),
        discovery::checks(),
        requests::checks(),
        create::checks(),
        read::checks(),
        filter::checks(),
        sorting::checks(),
        paging::checks(),
        projection::checks(),
        search::checks(),
        replace::checks(),
        patch::checks(),
        delete::checks(),
        bulk::checks(),
        errors::checks(),
        versions::checks(),
        cursors::checks(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests;
