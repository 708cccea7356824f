//! What came of a case beside what should have.

use serde::Serialize;
use serde_json::{Value, json};

use super::Report;
use super::case::Expect;

/// One place where the two differ. Of lists: the items that only one of them has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// JSON Pointer into the decision.
    pub path: String,
    pub expected: Vec<Value>,
    pub found: Vec<Value>,
}

impl Report {
    /// Everything that a case can expect of this decision.
    pub fn expectation(&self) -> Expect {
        let active = self.state == "active";
        let decided = |value: Value| Some(value).filter(|_| active);
        Expect {
            state: Some(self.state.to_owned()),
            profile: decided(self.profile.clone()),
            placements: decided(json!(self.placements)),
            grants: decided(json!(self.grants)),
            refused: decided(self.refused.clone()).filter(|refused| *refused != json!([])),
            problem: Some(self.problem.clone()).filter(|problem| !problem.is_null()),
        }
    }

    /// Where the decision is not what the case expects.
    pub fn differences(&self, expect: &Expect) -> Vec<Difference> {
        let found = json!({
            "state": self.state,
            "profile": self.profile,
            "placements": self.placements,
            "grants": self.grants,
            "refused": self.refused,
            "problem": self.problem,
        });
        let mut differences = Vec::new();
        compare("", &json!(expect), &found, &mut differences);
        differences
    }
}

pub(super) fn compare(path: &str, expected: &Value, found: &Value, into: &mut Vec<Difference>) {
    match (expected, found) {
        (Value::Object(members), Value::Object(found)) => {
            for (name, expected) in members {
                let found = found.get(name).unwrap_or(&Value::Null);
                compare(&format!("{path}/{name}"), expected, found, into);
            }
        }
        (Value::Array(expected), Value::Array(found)) => list(path, expected, found, into),
        _ if expected == found => {}
        _ => into.push(Difference {
            path: path.to_owned(),
            expected: vec![expected.clone()],
            found: vec![found.clone()],
        }),
    }
}

fn list(path: &str, expected: &[Value], found: &[Value], into: &mut Vec<Difference>) {
    let same = |(expected, found)| matches(expected, found);
    if expected.len() == found.len() && expected.iter().zip(found).all(same) {
        return;
    }
    let mut unexpected: Vec<&Value> = found.iter().collect();
    let mut missing: Vec<&Value> = Vec::new();
    for item in expected {
        match unexpected.iter().position(|found| matches(item, found)) {
            Some(at) => drop(unexpected.remove(at)),
            None => missing.push(item),
        }
    }
    // The same items in another order are another list: show both.
    let (missing, unexpected) = if missing.is_empty() && unexpected.is_empty() {
        (expected.iter().collect(), found.iter().collect())
    } else {
        (missing, unexpected)
    };
    into.push(Difference {
        path: path.to_owned(),
        expected: missing.into_iter().cloned().collect(),
        found: unexpected.into_iter().cloned().collect(),
    });
}

fn matches(expected: &Value, found: &Value) -> bool {
    let mut differences = Vec::new();
    compare("", expected, found, &mut differences);
    differences.is_empty()
}
