//! The way of one decision through its components.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::value::to_raw_value;
use tracing::field::Empty;
use wasmtime::component::ComponentExportIndex;

use super::answer::{self, Profile};
use super::{Bound, Input};
use crate::abi::v1;
use crate::digest::Framed;
use crate::fault::Fault;
use crate::loaded::Loaded;
use crate::session::{Budget, Session};
use crate::{
    ANSWERED, Digest, Failure, Grant, Limits, Outcome, Placement, Proposal, Slot, SlotRun,
};

/// A slot's component and settings.
pub(crate) type Filled<'a> = (&'a Bound, Arc<Loaded>);

/// Asks the slots in order until one gives no answer.
pub(crate) fn decide(limits: &Limits, filled: &[Filled<'_>; 3], input: &Input<'_>) -> Outcome {
    let mut decision = Decision {
        limits,
        filled,
        input,
        inputs: input.framed(),
        open: Vec::with_capacity(filled.len()),
        slots: Vec::with_capacity(filled.len()),
    };
    let result = decision.run();
    for open in &decision.open {
        open.loaded.pace.add(open.taken);
    }
    Outcome {
        slots: decision.slots,
        result,
    }
}

struct Decision<'a> {
    limits: &'a Limits,
    filled: &'a [Filled<'a>; 3],
    input: &'a Input<'a>,
    /// What the next slot is given, settings apart.
    inputs: Framed,
    open: Vec<Open<'a>>,
    slots: Vec<SlotRun>,
}

/// A component that this decision has instantiated.
struct Open<'a> {
    digest: &'a Digest,
    loaded: &'a Loaded,
    session: Session<'a>,
    taken: Duration,
}

/// One slot's function and what all three have for parameters.
struct Question<'a, 'b> {
    session: &'b mut Session<'a>,
    function: ComponentExportIndex,
    call: v1::Call<'b>,
    subject: v1::Subject<'b>,
}

/// What the guest answered, if it did.
type Asked<A> = Result<(Result<A, v1::Failure>,), Fault>;

impl<'a> Decision<'a> {
    fn run(&mut self) -> Result<Proposal, Failure> {
        let profile: Profile = self.fill(
            Slot::Attributes,
            |q| q.session.call(q.function, (q.call, q.subject)),
            answer::profile,
        )?;
        self.inputs.add(profile.text.as_bytes());
        let placements: Vec<Placement> = self.fill(
            Slot::Tenants,
            |q| {
                q.session
                    .call(q.function, (q.call, q.subject, &*profile.text))
            },
            answer::placements,
        )?;
        let lowered: Vec<_> = placements.iter().map(v1::PlacementIn::from).collect();
        let grants: Vec<Grant> = self.fill(
            Slot::Roles,
            |q| {
                q.session
                    .call(q.function, (q.call, q.subject, &*profile.text, &*lowered))
            },
            answer::grants,
        )?;
        Ok(Proposal {
            profile: profile.value,
            placements,
            grants,
        })
    }

    /// Asks one slot, and records how that went whatever comes of it.
    fn fill<A, T: Serialize>(
        &mut self,
        slot: Slot,
        ask: impl FnOnce(Question<'a, '_>) -> Asked<A>,
        read: impl FnOnce(A, &Limits) -> Result<T, String>,
    ) -> Result<T, Failure> {
        let (bound, loaded) = &self.filled[slot as usize];
        let span = tracing::debug_span!(
            "slot",
            otel.name = format!("slot {slot}"),
            plugin = %bound.digest,
            slot = slot.as_str(),
            outcome = Empty,
            fuel = Empty,
            memory_bytes = Empty,
        )
        .entered();
        let started = Instant::now();
        let mut run = SlotRun {
            slot,
            digest: bound.digest.clone(),
            input_digest: self.inputs.so_far(),
            settings_digest: bound.settings_digest.clone(),
            output: None,
            logs: Vec::new(),
            logs_dropped: 0,
            fuel: 0,
            memory_bytes: 0,
            micros: 0,
        };
        let input = self.input;
        let limits = self.limits;
        let result = self.open(&bound.digest, loaded).and_then(|open| {
            let function = loaded.exports.slot(slot).ok_or_else(|| {
                Fault::malformed(format!("the component does not fill the slot `{slot}`"))
            })?;
            let asked = ask(Question {
                session: &mut open.session,
                function,
                call: v1::Call {
                    settings: &bound.settings,
                    prepared: &bound.prepared,
                    home: input.home,
                    extras: &[],
                },
                subject: v1::Subject {
                    user: input.user,
                    groups: input.groups,
                    extras: &[],
                },
            });
            run.fuel = open.session.fuel_spent();
            run.memory_bytes = open.session.sandbox().memory_bytes();
            (run.logs, run.logs_dropped) = open.session.sandbox().take_log();
            open.taken += started.elapsed();
            asked
        });
        let result = result
            .map_err(|fault| {
                Failure::Fault(Fault {
                    slot: Some(slot),
                    ..fault
                })
            })
            .and_then(|(answered,)| answered.map_err(|failure| answer::failure(slot, failure)))
            .and_then(|answer| {
                let answer = read(answer, limits).map_err(|words| malformed(slot, words))?;
                let output =
                    to_raw_value(&answer).map_err(|error| malformed(slot, error.to_string()))?;
                if !answer::storable(output.get()) {
                    return Err(malformed(
                        slot,
                        "a text in its answer has the character U+0000",
                    ));
                }
                run.output = Some(output);
                Ok(answer)
            });
        run.micros = started.elapsed().as_micros() as u64;
        if !span.is_disabled() {
            let outcome = result.as_ref().err().map_or(ANSWERED, Failure::name);
            span.record("outcome", outcome);
            span.record("fuel", run.fuel);
            span.record("memory_bytes", run.memory_bytes);
        }
        if let (Some(output), Slot::Tenants) = (&run.output, slot) {
            self.inputs.add(output.get().as_bytes());
        }
        self.slots.push(run);
        result
    }

    /// The component's instance in this decision, with a fresh budget.
    fn open(&mut self, digest: &'a Digest, loaded: &'a Loaded) -> Result<&mut Open<'a>, Fault> {
        let known = self.open.iter().position(|open| open.digest == digest);
        let place = known.unwrap_or(self.open.len());
        if known.is_some() {
            self.open[place].session.renew()?;
        } else {
            let session = Session::open(&loaded.pre, self.limits, Budget::of_slot(self.limits))?;
            self.open.push(Open {
                digest,
                loaded,
                session,
                taken: Duration::ZERO,
            });
        }
        Ok(&mut self.open[place])
    }
}

fn malformed(slot: Slot, words: impl Into<String>) -> Failure {
    Failure::Fault(Fault {
        slot: Some(slot),
        ..Fault::malformed(words)
    })
}
