//! What the slots of a hand-written component do, and the instructions that do it.

use super::memory::Memory;

/// What a slot does when it is asked.
#[derive(Clone)]
pub(crate) enum Act {
    /// A profile, as JSON text; only for `attributes`.
    Profile(String),
    /// Placements; only for `tenants`.
    Placements(Vec<Placement>),
    /// Grants; only for `roles`.
    Grants(Vec<Grant>),
    /// The tenant's own refusal, with its words.
    Refuse(&'static str),
    /// A fault that the plugin tells of itself.
    Internal(&'static str),
    /// An `unreachable`.
    Trap,
    /// A loop without end.
    Spin,
    /// A call of itself without end.
    Recurse,
    /// Memory until there is no more, and then a trap.
    Grow,
    /// An answer that does not lie in the memory.
    OutOfBounds,
    /// A profile that tells how often this instance's memory has been asked; only for `attributes`.
    CountCalls,
    /// Another act, after work that grows with the user's document: some 30 ms, and nearly all the fuel there is, for
    /// one of [`LONG`] bytes.
    Slowly(Box<Act>),
    /// The words of a result, whatever they mean: its case first, then where its payload lies and how much there is.
    Words(Vec<u32>),
    /// Another act, after these instructions. `$itself`, `$arguments` and `$left`, an `i64`, are theirs to use.
    After(String, Box<Act>),
    /// Another act, after a line of this level. Without words it says the user's document; not in `roles`.
    Tell(&'static str, &'static str, Box<Act>),
    /// More log lines than anyone reads, and then the profile `{}`; only for `attributes`.
    Chatter,
}

/// Bytes of a text that makes a user's document long: see [`Act::Slowly`].
pub(crate) const LONG: usize = 10_000;

/// A placement to propose.
#[derive(Clone)]
pub(crate) struct Placement {
    pub(crate) tenant: String,
    pub(crate) groups: Vec<String>,
}

/// A grant to propose.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) tenant: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) object: Option<String>,
    pub(crate) groups: Vec<String>,
}

impl Grant {
    /// The same on one object.
    pub(crate) fn on(mut self, object: &str) -> Self {
        self.object = Some(object.to_owned());
        self
    }
}

/// A placement that came from these groups.
pub(crate) fn placement(tenant: &str, groups: &[&str]) -> Placement {
    let groups = groups.iter().map(|&group| group.to_owned()).collect();
    Placement {
        tenant: tenant.to_owned(),
        groups,
    }
}

/// A grant that came from these groups.
pub(crate) fn grant(tenant: &str, kind: &str, name: &str, groups: &[&str]) -> Grant {
    let groups = groups.iter().map(|&group| group.to_owned()).collect();
    Grant {
        tenant: tenant.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        object: None,
        groups,
    }
}

/// The function of a slot, with the core signature that its WIT type flattens to.
pub(crate) fn function(slot: &str, version: &str, memory: &mut Memory, act: &Act) -> String {
    let (name, parameters) = match slot {
        "attributes" => ("profile", 14),
        "tenants" => ("placements", 16),
        // More than 16 values: they come in memory.
        _ => ("grants", 1),
    };
    let arguments = (0..parameters).fold(String::new(), |all, index| {
        all + "(local.get " + &index.to_string() + ")"
    });
    // The length of the user's document.
    let length = match slot {
        "attributes" | "tenants" => "(local.get 9)",
        _ => "(i32.load offset=36 (local.get 0))",
    };
    let body = body(memory, act)
        .replace("$length", length)
        .replace("$itself", &format!("${slot}"))
        .replace("$arguments", &arguments);
    format!(
        "(func ${slot} (export \"rolecall:plugin/{slot}@{version}#{name}\")
           (param {parameters}) (result i32) (local $left i64)
           {body})",
        parameters = "i32 ".repeat(parameters),
    )
}

/// The instructions of an act. `$itself`, `$arguments` and `$length` stand for the function around them.
fn body(memory: &mut Memory, act: &Act) -> String {
    match act {
        Act::Profile(json) => {
            let json = memory.string(json);
            answer(memory, json)
        }
        Act::Placements(placements) => {
            let records: Vec<_> = placements
                .iter()
                .flat_map(|placement| place(memory, placement))
                .collect();
            let list = memory.list(placements.len(), &records);
            answer(memory, list)
        }
        Act::Grants(grants) => {
            let records: Vec<_> = grants
                .iter()
                .flat_map(|grant| give(memory, grant))
                .collect();
            let list = memory.list(grants.len(), &records);
            answer(memory, list)
        }
        Act::Refuse(words) => failure(memory, 0, words),
        Act::Internal(words) => failure(memory, 1, words),
        Act::Trap => "unreachable".to_owned(),
        Act::Spin => "(loop $again (br $again)) unreachable".to_owned(),
        Act::Recurse => "(i32.add (call $itself $arguments) (i32.const 1))".to_owned(),
        Act::Grow => "(loop $again
                        (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
                      unreachable"
            .to_owned(),
        Act::OutOfBounds => {
            let outside = memory.words(&[0, 0x7fff_0000, 1024, 0, 0, 0, 0, 0, 0]);
            format!("(i32.const {outside})")
        }
        Act::Words(words) => {
            let result = memory.words(words);
            format!("(i32.const {result})")
        }
        Act::After(instructions, act) => {
            let act = body(memory, act);
            format!("{instructions} {act}")
        }
        Act::CountCalls => {
            let json = memory.string(r#"{"calls": 0}"#);
            let digit = json[0] + 10;
            let result = answer(memory, json);
            format!(
                "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                 (i32.store8 (i32.const {digit})
                   (i32.add (i32.load8_u (i32.const {digit})) (global.get $calls)))
                 {result}"
            )
        }
        Act::Slowly(act) => {
            let act = body(memory, act);
            format!(
                "(local.set $left (i64.mul (i64.extend_i32_u $length) (i64.const 500)))
                 (loop $again
                   (local.set $left (i64.sub (local.get $left) (i64.const 1)))
                   (br_if $again (i64.gt_s (local.get $left) (i64.const 0))))
                 {act}"
            )
        }
        Act::Tell(level, words, act) => {
            let level = memory.string(level);
            let text = if words.is_empty() {
                "(local.get 8) (local.get 9)".to_owned()
            } else {
                let [at, length] = memory.string(words);
                format!("(i32.const {at}) (i32.const {length})")
            };
            let act = body(memory, act);
            format!(
                "(call $log (i32.const {}) (i32.const {}) {text}) {act}",
                level[0], level[1]
            )
        }
        Act::Chatter => {
            let level = memory.string("info");
            let line = memory.string(&"chatter ".repeat(16));
            let json = memory.string("{}");
            let result = answer(memory, json);
            format!(
                "(local.set $left (i64.const 1000))
                 (loop $again
                   (call $log (i32.const {}) (i32.const {}) (i32.const {}) (i32.const {}))
                   (local.set $left (i64.sub (local.get $left) (i64.const 1)))
                   (br_if $again (i64.ne (local.get $left) (i64.const 0))))
                 {result}",
                level[0], level[1], line[0], line[1]
            )
        }
    }
}

/// `ok` of a `result` whose payload is a string or a list.
fn answer(memory: &mut Memory, payload: [u32; 2]) -> String {
    let result = memory.words(&[0, payload[0], payload[1], 0, 0, 0, 0, 0, 0]);
    format!("(i32.const {result})")
}

/// `error` of a `result`: a failure with a problem.
fn failure(memory: &mut Memory, case: u32, words: &str) -> String {
    let code = memory.string("test_problem");
    let detail = memory.string(words);
    let result = memory.words(&[1, case, code[0], code[1], detail[0], detail[1], 0, 0, 0]);
    format!("(i32.const {result})")
}

/// The words of a `placement`.
fn place(memory: &mut Memory, placement: &Placement) -> Vec<u32> {
    let tenant = memory.string(&placement.tenant);
    let reason = memory.string("the test says so");
    let groups = memory.strings(&placement.groups);
    [tenant, reason, groups, [4, 0]].concat()
}

/// The words of a `grant`.
fn give(memory: &mut Memory, grant: &Grant) -> Vec<u32> {
    let mut words = Vec::new();
    for text in [&grant.tenant, &grant.kind, &grant.name] {
        words.extend(memory.string(text));
    }
    match &grant.object {
        Some(object) => {
            words.push(1);
            words.extend(memory.string(object));
        }
        None => words.extend([0, 0, 0]),
    }
    words.extend(memory.string("the test says so"));
    words.extend(memory.strings(&grant.groups));
    words.extend([4, 0]);
    words
}
