//! In which order to perform the operations of a bulk request.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::{BulkMethod, BulkOperation, BulkVerb};
use crate::Error;

/// The client's order, except that an operation waits for what it refers to, and operations on one resource for each
/// other. Those that wait in a circle are refused, and so is who uses a bulkId again.
pub(super) fn order(operations: &mut [BulkOperation]) -> Vec<usize> {
    let creators = creators(operations);
    let mut waiting = vec![0_usize; operations.len()];
    let mut behind: Vec<Vec<usize>> = vec![Vec::new(); operations.len()];
    let mut last_on: HashMap<(&str, &str), usize> = HashMap::new();
    for (index, operation) in operations.iter().enumerate() {
        let Ok(verb) = &operation.verb else { continue };
        let references = verb.references();
        let mut before: Vec<usize> = references
            .iter()
            .filter_map(|bulk_id| creators.get(*bulk_id).copied())
            .collect();
        if !verb.id.is_empty() {
            before.extend(last_on.insert((verb.kind.endpoint(), &verb.id), index));
        }
        before.sort_unstable();
        before.dedup();
        waiting[index] = before.len();
        for earlier in before {
            behind[earlier].push(index);
        }
    }
    let ready = waiting
        .iter()
        .enumerate()
        .filter(|(_, before)| **before == 0);
    let mut ready: BinaryHeap<Reverse<usize>> = ready.map(|(index, _)| Reverse(index)).collect();
    let mut order = Vec::with_capacity(operations.len());
    while let Some(Reverse(index)) = ready.pop() {
        order.push(index);
        for &next in &behind[index] {
            waiting[next] -= 1;
            if waiting[next] == 0 {
                ready.push(Reverse(next));
            }
        }
    }
    for (index, operation) in operations.iter_mut().enumerate() {
        if waiting[index] > 0 {
            operation.verb = Err(circle());
            order.push(index);
        }
    }
    order
}

/// Who creates the resource that a bulkId stands for.
fn creators(operations: &mut [BulkOperation]) -> HashMap<String, usize> {
    let mut creators = HashMap::new();
    for (index, operation) in operations.iter_mut().enumerate() {
        let creates = |verb: &BulkVerb| verb.method == BulkMethod::Post;
        let Some(bulk_id) = operation
            .bulk_id
            .as_ref()
            .filter(|_| operation.verb.as_ref().is_ok_and(creates))
        else {
            continue;
        };
        if creators.contains_key(bulk_id) {
            operation.verb = Err(Error::invalid_value(format!(
                "bulkId {bulk_id:.100} is used by another operation"
            )));
        } else {
            creators.insert(bulk_id.clone(), index);
        }
    }
    creators
}

/// RFC 7644 §3.7.1.
fn circle() -> Error {
    Error::conflict(
        "its bulkId references form a circle, or wait for one; create one of the resources without the reference, \
         and add that with a PATCH in another request",
    )
}
