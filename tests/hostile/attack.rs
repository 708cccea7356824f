//! One attack, and what comes of it.

use serde_json::{Value, json};
use tokio::task::{LocalSet, spawn_local};

use crate::support::acme::every_slot;
use crate::support::guest::{Act, grant, placement};
use crate::support::scim::{id, person};
use crate::support::words::expect_plain_words;
use crate::support::{Acme, Connection, Db, Guest, Operator, Scim, eventually};

/// A component, with a name for messages.
pub(crate) struct Attack {
    name: String,
    component: Vec<u8>,
    /// Of the slot `roles`.
    settings: Value,
    outcome: Outcome,
}

/// What comes of an attack. Codes name it for programs, words must be in the sentence for people.
enum Outcome {
    /// The upload is refused with this code.
    Refused(&'static str, &'static str),
    /// Either answer to the upload is right; if it is taken, either decision is.
    Anything,
    /// No mapping can be made with it: the code of the error.
    Unprepared(&'static str, &'static str),
    /// Its decisions fail: the code of the problem. Users are stored, and pending.
    Fails(&'static str, &'static str),
    /// The identity provider is told, in these words.
    Rejects(&'static str),
    /// It decides, for what it is: this has to be in the profile or in the first slot's logs.
    Decides(&'static str),
}

impl Attack {
    pub(crate) fn refused(
        name: impl Into<String>,
        component: Vec<u8>,
        code: &'static str,
        words: &'static str,
    ) -> Self {
        Self::new(name, component, Outcome::Refused(code, words))
    }

    pub(crate) fn anything(name: impl Into<String>, component: Vec<u8>) -> Self {
        Self::new(name, component, Outcome::Anything)
    }

    pub(crate) fn unprepared(
        name: impl Into<String>,
        guest: &Guest,
        code: &'static str,
        words: &'static str,
    ) -> Self {
        Self::new(name, guest.component(), Outcome::Unprepared(code, words))
    }

    pub(crate) fn fails(
        name: impl Into<String>,
        guest: &Guest,
        code: &'static str,
        words: &'static str,
    ) -> Self {
        Self::new(name, guest.component(), Outcome::Fails(code, words))
    }

    pub(crate) fn rejects(name: impl Into<String>, guest: &Guest, words: &'static str) -> Self {
        Self::new(name, guest.component(), Outcome::Rejects(words))
    }

    pub(crate) fn decides(name: impl Into<String>, guest: &Guest, found: &'static str) -> Self {
        Self::new(name, guest.component(), Outcome::Decides(found))
    }

    fn new(name: impl Into<String>, component: Vec<u8>, outcome: Outcome) -> Self {
        Self {
            name: name.into(),
            component,
            settings: json!({}),
            outcome,
        }
    }

    /// Settings that the mapping is made with.
    pub(crate) fn set(self, settings: Value) -> Self {
        Self { settings, ..self }
    }
}

/// Carries the attacks out one after the other, on one server, and says at the end which of them did any harm.
pub(crate) async fn withstand(db: Db, attacks: Vec<Attack>) {
    let acme = Acme::start(db).await;
    let neighbour = Neighbour::of(&acme).await;
    let mut harmful = Vec::new();
    for (number, attack) in attacks.into_iter().enumerate() {
        let name = attack.name.clone();
        let range = Range {
            number,
            operator: acme.operator.clone(),
            scim: acme.scim.clone(),
            neighbour: neighbour.clone(),
        };
        // A task of its own: what fails there is this attack alone.
        let task = LocalSet::new();
        let fired = task.run_until(async { spawn_local(range.fire(attack)).await });
        if fired.await.is_err() {
            harmful.push(name);
        }
    }
    assert!(
        harmful.is_empty(),
        "{} attacks did harm:\n  {}",
        harmful.len(),
        harmful.join("\n  ")
    );
    let log = acme.server.log();
    assert!(!log.contains("panicked"), "something in the host panicked");
}

/// Another customer, whose mapping works.
#[derive(Clone)]
struct Neighbour {
    operator: Operator,
    scim: Scim,
}

impl Neighbour {
    async fn of(acme: &Acme) -> Self {
        let connection = acme.operator.connect("contoso", "okta", &json!({})).await;
        let polite = Guest::new()
            .attributes(Act::Profile("{}".to_owned()))
            .tenants(Act::Placements(vec![placement("contoso", &[])]))
            .roles(Act::Grants(vec![grant("contoso", "role", "viewer", &[])]));
        let digest = acme.operator.plugin(&polite.component()).await;
        acme.operator.remap(&connection, &every_slot(&digest)).await;
        Self {
            operator: acme.operator.clone(),
            scim: acme.server.scim(&connection),
        }
    }

    /// Somebody joins, and can work at once.
    async fn is_served(&self, name: &str) {
        let user = self.scim.user(&format!("{name}@contoso.example")).await;
        let access = self.operator.user(&user).await;
        assert_eq!(access["state"], "active", "{access}");
        assert_eq!(access["grants"][0]["name"], "viewer", "{access}");
    }
}

/// Where an attack is carried out.
struct Range {
    number: usize,
    operator: Operator,
    /// The address of the server.
    scim: Scim,
    neighbour: Neighbour,
}

impl Range {
    async fn fire(self, attack: Attack) {
        let number = self.number;
        let during = format!("during{number}");
        let (uploaded, ()) = tokio::join!(
            self.operator.upload(&attack.component),
            self.neighbour.is_served(&during)
        );
        match (&attack.outcome, uploaded.status) {
            (Outcome::Refused(code, words), _) => {
                let problem = uploaded.expect_problem(422);
                assert_eq!(problem["code"], *code, "{problem}");
                expect_plain_words(&attack.name, &problem, words);
            }
            (Outcome::Anything, 422) => {
                uploaded.expect_problem(422);
            }
            (_, 200 | 201) => {
                let digest = uploaded.json()["digest"].as_str().map(str::to_owned);
                self.bind(&attack, &digest.expect("a digest")).await;
                self.neighbour.is_served(&format!("after{number}")).await;
            }
            _ => panic!("the upload is not taken: {uploaded:?}"),
        }
    }

    async fn bind(&self, attack: &Attack, digest: &str) {
        let more = json!({"name": attack.name});
        let connection = self.operator.connect("northwind", "custom", &more).await;
        let mut slots = every_slot(digest);
        slots["roles"]["settings"] = attack.settings.clone();
        let made = self
            .operator
            .post(&connection.path("/mappings"), &slots)
            .await;
        match (&attack.outcome, made.status) {
            (Outcome::Unprepared(code, words), _) => {
                let problem = made.expect_problem(422);
                assert_eq!(problem["errors"][0]["code"], *code, "{problem}");
                assert!(
                    problem["errors"]
                        .as_array()
                        .is_some_and(|errors| errors.len() <= 200),
                    "too many to read"
                );
                expect_plain_words(&attack.name, &problem["errors"][0], words);
            }
            (Outcome::Anything, 422) => {}
            _ => {
                let revision = made.expect(201)["revision"].as_i64();
                self.operator
                    .activate(&connection, revision.expect("a revision"))
                    .await;
                self.provision(attack, &connection).await;
            }
        }
    }

    /// The identity provider writes two users, alike but for their names' last digit.
    async fn provision(&self, attack: &Attack, connection: &Connection) {
        let scim = Scim::new(self.scim.origin(), &connection.id, &connection.token);
        let number = self.number;
        let mut decisions = Vec::new();
        for one in 0..2 {
            let mut user = person(&format!("user{one}@northwind.example"));
            user["nickName"] = "n".repeat(3_000).into();
            let created = async { scim.create_user(&user).await };
            let beside = async {
                if one == 0 {
                    self.neighbour.is_served(&format!("beside{number}")).await;
                }
            };
            let (created, ()) = tokio::join!(created, beside);
            if let Outcome::Rejects(words) = &attack.outcome {
                let detail = created.expect_scim_error(400, Some("invalidValue"));
                let wild = |c: char| c.is_control() && c != '\n' && c != '\t';
                assert!(detail.contains(words), "{detail}");
                assert!(
                    !detail.contains(wild) && detail.len() <= 4_000,
                    "{detail:?}"
                );
                continue;
            }
            let user = id(&created.expect(201));
            let decision = self.decision(&user).await;
            self.judge(attack, &user, &decision).await;
            decisions.push(repeatable(&decision));

            let title = json!([{"op": "replace", "path": "title", "value": "Changed"}]);
            let changed = scim.patch(&format!("/Users/{user}"), &title).await;
            assert!(matches!(changed.status, 200 | 204), "{changed:?}");
            scim.set_active(&user, false).await;
            let left = self.operator.user(&user).await;
            assert_eq!(
                (&left["state"], &left["grants"]),
                (&json!("inactive"), &json!([]))
            );
        }
        assert!(
            decisions.windows(2).all(|two| two[0] == two[1]),
            "the second decision knows of the first: {decisions:?}"
        );
    }

    async fn judge(&self, attack: &Attack, user: &str, decision: &Value) {
        match &attack.outcome {
            Outcome::Fails(code, words) => {
                assert_eq!(decision["state"], "pending", "{decision}");
                assert_eq!(decision["problem"]["code"], *code, "{decision}");
                expect_plain_words(&attack.name, &decision["problem"], words);
                let access = self.operator.user(user).await;
                assert_eq!(access["state"], "pending", "{access}");
                assert_eq!(access["grants"], json!([]), "{access}");
            }
            Outcome::Decides(found) => {
                let access = self.operator.user(user).await;
                assert_eq!(access["state"], "active", "{access}");
                let logs = &decision["slots"][0]["logs"];
                let said = format!("{} {logs}", access["profile"]);
                assert!(said.contains(found), "{found} is not in {said}");
            }
            _ => {}
        }
        for slot in decision["slots"].as_array().into_iter().flatten() {
            let logs = slot["logs"].as_array().expect("logs");
            let bytes = |line: &Value| line["message"].as_str().map_or(0, str::len);
            assert!(logs.len() <= 64, "{} lines", logs.len());
            // What replaces a control character is three bytes long.
            assert!(logs.iter().map(bytes).sum::<usize>() <= 3 * (16 << 10));
        }
    }

    /// How a user was decided. A machine that was too busy has another try.
    async fn decision(&self, user: &str) -> Value {
        eventually("a decision that time didn't end", async || {
            let decision = self.operator.decision(user).await;
            let busy = matches!(
                decision["problem"]["code"].as_str(),
                Some("deadline" | "busy")
            );
            (!busy).then_some(decision)
        })
        .await
    }
}

/// What must be the same for users who are alike.
fn repeatable(decision: &Value) -> Vec<Value> {
    let slots = decision["slots"].as_array().into_iter().flatten();
    slots
        .flat_map(|slot| {
            ["slot", "output", "logs", "fuel", "memory_bytes"].map(|name| slot[name].clone())
        })
        .chain([decision["problem"].clone()])
        .collect()
}
