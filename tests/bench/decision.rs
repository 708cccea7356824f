//! One decision in a fresh instance, beside what it would cost without a sandbox and over a hook.

use std::sync::Arc;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rolecall_mapping::{Bound, Compiler, Digest, Input, Limits, Mapping, Runtime, Setup, Slot};
use rolecall_plugin_sdk::Subject;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

use crate::support::scim::{ENTERPRISE, person};

use super::figures::{Reach, Series, heading, line, median, verdict};
use super::{hook, native};

const ROUNDS: usize = 15;
/// Decisions in one round of one variant.
const BATCH: u32 = 4_000;
/// Calls of the hook in one round: they take longer.
const HOOK_BATCH: u32 = 1_000;
const HOME: &str = "northwind";

/// A user of 1.5 KiB and five groups, as the host passes them to a plugin.
pub(crate) fn subject() -> (String, String) {
    let mut user = person("ada.lovelace@northwind.example");
    user["id"] = "0194f7a2-5d3e-7c41-9a6b-3f2e1d0c9b8a".into();
    user["nickName"] = "Ada".into();
    user["profileUrl"] = "https://people.northwind.example/ada.lovelace".into();
    user["timezone"] = "Europe/London".into();
    user["locale"] = "en-GB".into();
    user["addresses"] = json!([
        {"type": "work", "primary": true, "streetAddress": "12 St James's Square",
         "locality": "London", "postalCode": "SW1Y 4LB", "country": "GB"},
        {"type": "home", "streetAddress": "1 Ockham Park", "locality": "Ockham", "country": "GB"},
    ]);
    user["photos"] = json!([
        {"type": "photo", "value": "https://people.northwind.example/photos/ada.lovelace.jpg"},
        {"type": "thumbnail", "value": "https://people.northwind.example/thumbs/ada.lovelace.jpg"},
    ]);
    user["ims"] = json!([{"type": "teams", "value": "ada.lovelace@northwind.example"}]);
    user["userType"] = "Employee".into();
    user[ENTERPRISE]["costCenter"] = "EU-4130".into();
    user[ENTERPRISE]["manager"] = json!({"value": "0194f7a2-5d3e-7c41-9a6b-3f2e1d0c9b00"});
    let names = [
        "Northwind Analysts",
        "Everyone",
        "EMEA Field",
        "Northwind Admins",
        "Book Club",
    ];
    let groups: Vec<_> = (0..)
        .zip(names)
        .map(|(number, name)| json!({"value": format!("0194f7a2-{number:04}"), "display": name}))
        .collect();
    (user.to_string(), json!(groups).to_string())
}

/// Prints the figures of one decision.
pub(crate) fn run() -> Result<()> {
    let (user, groups) = subject();
    let input = Input {
        user: &user,
        groups: &groups,
        home: HOME,
    };
    let call = native::call(HOME);
    let parsed = Subject::parse(&user, &groups)
        .ok()
        .context("a subject that can be read")?;
    let runtime = Runtime::new(Limits::default(), Compiler::here())?;
    let mapping = mapping(&runtime)?;
    ensure!(
        runtime.decide(&mapping, &input)?.result.is_ok(),
        "the example decides"
    );
    let mut hook = hook::Client::connect(hook::start()?)?;

    let mut typed = Series::new("native function, user already parsed");
    let mut json = Series::new("native function on the JSON text");
    let mut fresh = Series::new("fresh instance, 3 slots, with limits");
    let mut hooked = Series::new("HTTP hook on loopback, keep-alive (p50, wall)");
    let mut one = Series::new("1 thread");
    let mut two = Series::new("2 threads");
    for _ in 0..ROUNDS {
        typed
            .rounds
            .push(cpu_micros(BATCH, || native::decide(&call, &parsed))?);
        json.rounds.push(cpu_micros(BATCH, || {
            native::decide_json(&call, &user, &groups)
        })?);
        fresh
            .rounds
            .push(cpu_micros(BATCH, || runtime.decide(&mapping, &input))?);
        hooked.rounds.push(hook_p50(&mut hook, &user, &groups)?);
        one.rounds.push(throughput(&runtime, &mapping, &input, 1));
        two.rounds.push(throughput(&runtime, &mapping, &input, 2));
    }

    heading(
        &format!(
            "One decision: {} bytes of user, {} of groups",
            user.len(),
            groups.len()
        ),
        "µs",
        "native",
    );
    for series in [&typed, &json, &fresh, &hooked] {
        line(series, &typed);
    }
    verdict(
        "a decision in a fresh instance, µs",
        fresh.median(),
        Reach::AtMost(30.0),
    );
    heading("Decisions on threads at once", "per second", "1 thread");
    line(&one, &one);
    line(&two, &one);
    verdict(
        "two threads to one",
        two.ratio_to(&one),
        Reach::AtLeast(1.6),
    );
    Ok(())
}

/// The example's component in all three slots.
fn mapping(runtime: &Runtime) -> Result<Mapping> {
    let checked = runtime.check(rolecall_plugin_bundle::RESELLER_MAPPING);
    let digest = checked
        .map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?
        .digest;
    let bind = |slot| bind(runtime, &digest, slot);
    Ok(Mapping {
        attributes: bind(Slot::Attributes)?,
        tenants: bind(Slot::Tenants)?,
        roles: bind(Slot::Roles)?,
    })
}

fn bind(runtime: &Runtime, digest: &Digest, slot: Slot) -> Result<Bound> {
    let tenants = r#"["northwind","northwind-emea","northwind-apac"]"#;
    let setup = Setup {
        slot,
        settings: "{}",
        catalogue: "{}",
        tenants,
        home: HOME,
    };
    let prepared = runtime.prepare(digest, &setup)?;
    Ok(Bound::new(digest.clone(), "{}".into(), prepared.into()))
}

/// CPU time of this thread per call: other programs on the machine cost nothing.
fn cpu_micros<T, E>(calls: u32, mut call: impl FnMut() -> Result<T, E>) -> Result<f64, E> {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
    };
    let before = now();
    for _ in 0..calls {
        std::hint::black_box(call()?);
    }
    Ok((now() - before) / f64::from(calls))
}

/// The wall-clock time of the middle call, in microseconds: a hook waits, and so does its caller.
fn hook_p50(hook: &mut hook::Client, user: &str, groups: &str) -> Result<f64> {
    let mut micros = Vec::new();
    for _ in 0..HOOK_BATCH {
        let before = Instant::now();
        std::hint::black_box(hook.decide(user, groups)?);
        micros.push(before.elapsed().as_secs_f64() * 1e6);
    }
    Ok(median(micros))
}

/// Decisions per second of so many threads together.
fn throughput(runtime: &Runtime, mapping: &Mapping, input: &Input<'_>, threads: u32) -> f64 {
    let barrier = Arc::new(Barrier::new(threads as usize + 1));
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let barrier = Arc::clone(&barrier);
                scope.spawn(move || {
                    barrier.wait();
                    for _ in 0..BATCH {
                        std::hint::black_box(runtime.decide(mapping, input).is_ok());
                    }
                })
            })
            .collect();
        barrier.wait();
        let before = Instant::now();
        for worker in workers {
            worker.join().expect("a decision does not panic");
        }
        f64::from(threads * BATCH) / before.elapsed().as_secs_f64()
    })
}
