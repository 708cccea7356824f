//! The decision explained: what each slot saw and said, what was refused, and the receipt by which anyone
//! can run it again and get the same bytes.
//!
//! Stored with every decision, so what follows from the rest (digests of outputs, the receipt) is added
//! when somebody reads it.

use rolecall_mapping::{Digest, Outcome, Problem, Slot, SlotRun};
use rolecall_store::Error as StoreError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::context::parse;
use crate::guard::RefusedItem;
use crate::secret;

/// As JSON text: the outputs in it are not parsed again.
pub(crate) fn explain(
    outcome: &Outcome,
    refused: &[RefusedItem],
    problem: Option<&Problem>,
) -> String {
    to_text(&Stored {
        slots: &outcome.slots,
        refused,
        problem,
    })
}

#[derive(Serialize)]
struct Stored<'a> {
    slots: &'a [SlotRun],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    refused: &'a [RefusedItem],
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a Problem>,
}

/// What [`explain`] wrote, to be read by people and programs.
#[derive(Debug, Serialize)]
pub(crate) struct Explained {
    pub(crate) slots: Vec<Value>,
    pub(crate) refused: Value,
    pub(crate) problem: Value,
    pub(crate) receipt: Value,
}

impl Explained {
    /// Of a stored decision by this revision of the mapping. A decision that ran no plugin has no receipt.
    pub(crate) fn read(stored: &str, revision: Option<i64>) -> Result<Self, StoreError> {
        #[derive(Deserialize)]
        struct Read {
            #[serde(default)]
            slots: Vec<SlotRun>,
            #[serde(default = "empty")]
            refused: Value,
            #[serde(default)]
            problem: Value,
        }
        let read: Read = parse("decision", stored)?;
        let receipts: Vec<ReceiptSlot> = read
            .slots
            .iter()
            .map(|run| ReceiptSlot {
                slot: run.slot,
                plugin: run.digest.clone(),
                settings: run.settings_digest.clone(),
                input: run.input_digest.clone(),
                output: run.output_digest(),
                fuel: run.fuel,
            })
            .collect();
        let slots = read.slots.iter().zip(&receipts).map(|(run, receipt)| {
            let mut slot = to_value(run)?;
            slot["output_digest"] = to_value(&receipt.output)?;
            slot["logs"] = to_value(&run.logs)?;
            slot["logs_dropped"] = run.logs_dropped.into();
            Ok(slot)
        });
        let slots = slots.collect::<Result<Vec<_>, StoreError>>()?;
        let receipt = match revision {
            Some(revision) if !receipts.is_empty() => to_value(&Receipt {
                revision,
                digest: secret::digest(to_text(&receipts)),
                slots: receipts,
            })?,
            _ => Value::Null,
        };
        Ok(Self {
            slots,
            refused: read.refused,
            problem: read.problem,
            receipt,
        })
    }
}

fn empty() -> Value {
    Value::Array(vec![])
}

#[derive(Serialize)]
struct Receipt {
    revision: i64,
    slots: Vec<ReceiptSlot>,
    /// Of the slots' JSON text.
    digest: String,
}

#[derive(Serialize)]
struct ReceiptSlot {
    slot: Slot,
    plugin: Digest,
    settings: Digest,
    input: Digest,
    output: Option<Digest>,
    fuel: u64,
}

fn to_text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned())
}

fn to_value(value: &impl Serialize) -> Result<Value, StoreError> {
    serde_json::to_value(value)
        .map_err(|error| StoreError::Internal(format!("a decision does not serialise: {error}")))
}
