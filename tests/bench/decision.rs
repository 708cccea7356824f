//! One decision in a fresh instance, beside what it would cost without a sandbox and over a hook.

use std::sync::Arc;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};
use rolecall_mapping::{Compiler, Input, Limits, Runtime};
use rolecall_plugin_sdk::Subject;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

use crate::support::scim::{ENTERPRISE, person};

use super::alternatives::Alternatives;
use super::figures::{Reach, Series, heading, line, median, verdict};
use super::guests::{self, Guest};
use super::{hook, native};

const ROUNDS: usize = 15;
/// Decisions of native Rust in one round.
const BATCH: u32 = 4_000;
/// Calls of the hook in one round: they take longer.
const HOOK_BATCH: u32 = 1_000;
const HOME: &str = "northwind";

/// Engines beside, what they do, and how often in one round.
const ENGINES: [(&str, &str, u32); 3] = [
    ("quickjs", "QuickJS, a fresh runtime, from source", 400),
    ("cel", "CEL, nine compiled expressions of it", 800),
    ("rego", "Rego, a compiled policy", 200),
];

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
    let guests = guests::all(&runtime, &input)?;
    let mut hook = hook::Client::connect(hook::start()?)?;
    let mut alternatives = Alternatives::start(&user, &groups)?;

    let mut typed = Series::new("native Rust, user already parsed");
    let mut json = Series::new("native Rust on the JSON text");
    let mut hooked = Series::new("HTTP hook on loopback, keep-alive (p50, wall)");
    let mut others = ENGINES.map(|(_, name, _)| Series::new(name));
    let mut fresh: Vec<_> = guests.iter().map(|guest| Series::new(guest.name)).collect();
    for _ in 0..ROUNDS {
        typed
            .rounds
            .push(cpu_micros(BATCH, || native::decide(&call, &parsed))?);
        json.rounds.push(cpu_micros(BATCH, || {
            native::decide_json(&call, &user, &groups)
        })?);
        for (guest, series) in guests.iter().zip(&mut fresh) {
            let decide = || runtime.decide(&guest.mapping, &input);
            series.rounds.push(cpu_micros(guest.batch, decide)?);
        }
        hooked.rounds.push(hook_p50(&mut hook, &user, &groups)?);
        for ((engine, _, batch), series) in ENGINES.iter().zip(&mut others) {
            series.rounds.push(alternatives.measure(engine, *batch)?);
        }
    }

    heading(
        &format!(
            "One decision, three slots: {} bytes of user, {} of groups",
            user.len(),
            groups.len()
        ),
        "µs",
        "native",
    );
    println!("In a fresh instance, with all limits:");
    for series in &fresh {
        line(series, &typed);
    }
    println!("Beside it, without a sandbox:");
    for series in [&typed, &json, &hooked].into_iter().chain(&others) {
        line(series, &typed);
    }
    for (guest, series) in guests.iter().zip(&fresh) {
        let what = format!("a decision in a fresh instance, {}, µs", guest.name);
        verdict(&what, series.median(), Reach::AtMost(guest.reach));
    }
    threads(&runtime, &guests, &input);
    Ok(())
}

/// Prints what a second thread brings.
fn threads(runtime: &Runtime, guests: &[Guest], input: &Input<'_>) {
    let series = |guest: &Guest| {
        [1, 2].map(|threads| Series::new(format!("{}, {threads} thread(s)", guest.name)))
    };
    let mut series: Vec<_> = guests.iter().map(series).collect();
    for _ in 0..ROUNDS {
        for (guest, series) in guests.iter().zip(&mut series) {
            for (threads, series) in (1..).zip(series) {
                let figure = throughput(runtime, guest, input, threads);
                series.rounds.push(figure);
            }
        }
    }
    heading("Decisions on threads at once", "per second", "1 thread");
    for [one, two] in &series {
        line(one, one);
        line(two, one);
    }
    // The others' instances grow: the kernel lets one thread at a time change a process's memory.
    for (guest, [one, two]) in guests.iter().zip(&series).take(2) {
        let what = format!("two threads to one, {}", guest.name);
        verdict(&what, two.ratio_to(one), Reach::AtLeast(1.6));
    }
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
fn throughput(runtime: &Runtime, guest: &Guest, input: &Input<'_>, threads: u32) -> f64 {
    let barrier = Arc::new(Barrier::new(threads as usize + 1));
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let barrier = Arc::clone(&barrier);
                scope.spawn(move || {
                    barrier.wait();
                    for _ in 0..guest.batch {
                        std::hint::black_box(runtime.decide(&guest.mapping, input).is_ok());
                    }
                })
            })
            .collect();
        barrier.wait();
        let before = Instant::now();
        for worker in workers {
            worker.join().expect("a decision does not panic");
        }
        f64::from(threads * guest.batch) / before.elapsed().as_secs_f64()
    })
}
