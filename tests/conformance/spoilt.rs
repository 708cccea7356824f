//! Every check can fail: servers that say yes to everything, and ours behind a proxy that spoils one aspect.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::client::start;
use super::our_client::names;
use super::proxy::{Asked, Given, forward, given, serve};
use crate::support::{Acme, Db, Scim, eventually};

/// Puts a value in the place of another one, where there is one.
fn put(value: &mut Value, pointer: &str, new: impl Into<Value>) {
    if let Some(place) = value.pointer_mut(pointer) {
        *place = new.into();
    }
}

fn drop_member(value: &mut Value, name: &str) {
    value
        .as_object_mut()
        .map(|members| members.shift_remove(name));
}

type SpoilAnswer = fn(&Asked, &mut Given);

/// The check that must notice, and what is done to answers.
const ANSWERS: &[(&str, SpoilAnswer)] = &[
    ("rfc7643_3_1_id_is_a_non_empty_string", |_, it| {
        it.json(|body| put(body, "/id", 7));
    }),
    (
        "rfc7643_3_schemas_names_what_the_resource_is_made_of",
        |_, it| {
            it.json(|body| drop_member(body, "schemas"));
        },
    ),
    (
        "rfc7643_3_1_meta_resource_type_is_the_name_of_the_type",
        |_, it| {
            it.json(|body| drop_member(body, "meta"));
        },
    ),
    ("rfc7643_2_3_5_times_are_xsd_date_times", |_, it| {
        it.json(|body| put(body, "/meta/created", "yesterday"));
    }),
    ("rfc7643_3_1_external_id_is_the_clients", |_, it| {
        it.json(|body| put(body, "/externalId", "lower-cased"));
    }),
    ("rfc7643_5_config_states_its_limits", |_, it| {
        it.json(|body| put(body, "/filter/maxResults", "200"));
    }),
    ("rfc7643_7_mutability_is_one_of_four", |_, it| {
        it.json(|body| put(body, "/Resources/0/attributes/0/mutability", "writable"));
    }),
    ("rfc7644_2_refusal_says_which_schemes_there_are", |_, it| {
        it.without("www-authenticate");
    }),
    ("rfc7644_3_1_media_type_is_scim_json", |_, it| {
        it.media_type("application/json");
    }),
    (
        "rfc7644_3_3_create_is_201_with_the_resource",
        |asked, it| {
            if asked.method == "POST" {
                it.status = 200;
            }
        },
    ),
    ("rfc7644_3_3_create_answers_with_the_location", |_, it| {
        it.without("location");
    }),
    ("rfc7644_3_3_duplicate_is_409_uniqueness", |_, it| {
        it.json(|body| drop_member(body, "scimType"));
    }),
    ("rfc7644_3_4_1_unknown_id_is_404", |_, it| it.status = 200),
    ("rfc7644_3_4_2_4_numbers_are_integers", |_, it| {
        it.json(|body| put(body, "/totalResults", "3"));
    }),
    (
        "rfc7644_3_4_2_items_per_page_counts_the_resources",
        |_, it| {
            it.json(|body| put(body, "/itemsPerPage", 100));
        },
    ),
    ("rfc7644_3_6_delete_is_204_without_a_body", |_, it| {
        if it.status == 204 {
            it.status = 200;
        }
    }),
    ("rfc7644_3_12_errors_are_scim_json", |_, it| {
        it.media_type("text/html");
    }),
    (
        "rfc7644_3_12_status_is_the_http_status_as_a_string",
        |_, it| {
            let status = it.status;
            it.json(|body| put(body, "/status", status));
        },
    ),
    ("rfc7644_3_14_resource_has_an_etag", |_, it| {
        it.without("etag");
    }),
    (
        "rfc9865_2_1_cursors_lead_through_everything_once",
        |_, it| {
            it.json(|body| drop_member(body, "nextCursor"));
        },
    ),
    ("rfc7644_3_7_results_stand_in_a_bulk_response", |_, it| {
        it.json(|body| put(body, "/Operations/0/status", 201));
    }),
];

type SpoilRequest = fn(&mut Asked);

/// The check that must notice, and what is done to requests: a server that overlooks something.
const REQUESTS: &[(&str, SpoilRequest)] = &[
    ("rfc7644_3_4_2_2_eq", |it| it.rename("filter=", "nofilter=")),
    ("rfc7644_3_4_2_2_ne", |it| it.rename("%20ne%20", "%20eq%20")),
    ("rfc7644_3_4_2_3_descending", |it| {
        it.rename("sortOrder=", "noorder=");
    }),
    ("rfc7644_3_4_2_4_count_bounds_the_page", |it| {
        it.rename("count=2", "count=50");
    }),
    ("rfc7644_3_4_2_4_pages_hold_everything_once", |it| {
        it.rename("startIndex=", "noindex=");
    }),
    ("rfc7644_3_9_attributes_override_the_default", |it| {
        it.rename("attributes=", "nothing=");
    }),
    ("rfc7644_3_9_excluded_attributes_are_left_out", |it| {
        it.rename("excludedAttributes=", "nothing=");
    }),
    ("rfc7644_3_4_2_5_groups_without_their_members", |it| {
        it.rename("excludedAttributes=", "nothing=");
    }),
    ("rfc7644_3_14_put_with_another_version_is_412", |it| {
        it.without("if-match");
    }),
    ("rfc7644_3_14_if_none_match_of_the_version_is_304", |it| {
        it.without("if-none-match");
    }),
    ("rfc7644_3_5_2_1_add_appends_to_many_values", |it| {
        it.json(|body| put(body, "/Operations/0/op", "replace"));
    }),
    ("rfc7644_3_5_2_2_remove_by_filter", |it| {
        it.json(|body| put(body, "/Operations/0/path", "emails"));
    }),
    ("rfc7644_3_5_2_3_replace_of_many_values", |it| {
        it.json(|body| put(body, "/Operations/0/op", "add"));
    }),
    ("rfc7644_3_5_2_patch_is_atomic", |it| {
        it.json(|body| {
            if let Some(Value::Array(operations)) = body.get_mut("Operations") {
                operations.truncate(1);
            }
        });
    }),
    ("rfc7644_3_5_1_omitted_attributes_are_cleared", |it| {
        if it.method == "PUT" {
            it.json(|body| body["title"] = "Boss".into());
        }
    }),
    ("rfc7644_3_7_3_fail_on_errors_stops", |it| {
        it.json(|body| drop_member(body, "failOnErrors"));
    }),
];

#[tokio::test]
async fn each_spoilt_answer_is_noticed() {
    let acme = Acme::start(Db::Sqlite).await;
    for (check, spoil) in ANSWERS {
        noticed(&acme, check, |_| {}, *spoil).await;
    }
}

#[tokio::test]
async fn each_overlooked_part_of_a_request_is_noticed() {
    let acme = Acme::start(Db::Sqlite).await;
    for (check, spoil) in REQUESTS {
        noticed(&acme, check, *spoil, |_, _| {}).await;
    }
}

/// The check fails behind such a proxy; without it, it passes (`our_client`).
async fn noticed(acme: &Acme, check: &str, request: SpoilRequest, answer: SpoilAnswer) {
    let origin = acme.scim.origin().to_owned();
    let proxy = serve(move |mut asked| {
        let origin = origin.clone();
        async move {
            request(&mut asked);
            let mut given = forward(&origin, &asked).await;
            answer(&asked, &mut given);
            given
        }
    })
    .await;
    let url = format!("{proxy}{}", acme.scim.base());
    let run = start(&url, acme.scim.token(), &["--json", "--only", check]);
    let failed = names(&run.end().await.report(), "failed");
    assert!(failed.iter().any(|failed| failed == check), "{check}");
}

/// Nothing passes because nothing was looked at.
#[tokio::test]
async fn a_server_that_says_yes_to_everything_passes_nothing() {
    let proxy = serve(async |asked: Asked| {
        let config = asked.path == "/ServiceProviderConfig";
        given(200, &if config { offers() } else { json!({}) })
    })
    .await;
    let run = start(&proxy, "any", &["--json"]).end().await;
    assert_eq!(names(&run.report(), "passed"), [""; 0]);
    assert_eq!(names(&run.report(), "not applicable"), [""; 0]);
    assert_eq!(run.code, 1, "{}", run.stderr);
}

/// A configuration for which every check applies.
fn offers() -> Value {
    json!({
        "pagination": {"cursor": true},
        "bulk": {"maxOperations": 2, "maxPayloadSize": 100},
    })
}

/// In the order of the run.
const ABOUT_ONE_ANSWER: [&str; 9] = [
    "rfc7643_2_5_null_is_unassigned",
    "rfc7643_2_5_empty_array_is_unassigned",
    "rfc7643_3_schemas_names_what_the_resource_is_made_of",
    "rfc7643_3_1_id_is_a_non_empty_string",
    "rfc7643_3_1_id_is_the_servers_to_give",
    "rfc7643_3_1_ids_are_unique",
    "rfc7644_3_1_media_type_is_scim_json",
    "rfc7644_3_8_json_is_accepted_as_application_json",
    "rfc7644_3_3_create_is_201_with_the_resource",
];

/// It gives back what it was sent, so that checks get past what they prepare.
#[tokio::test]
async fn a_server_without_memory_passes_only_what_is_about_one_answer() {
    let next = AtomicUsize::new(0);
    let next = Arc::new(next);
    let proxy = serve(move |asked| {
        let next = next.clone();
        async move {
            let Ok(mut body) = serde_json::from_slice::<Value>(&asked.body) else {
                return given(200, &offers());
            };
            if asked.method == "POST" && body.is_object() {
                body["id"] = next.fetch_add(1, Ordering::Relaxed).to_string().into();
                return given(201, &body);
            }
            given(200, &body)
        }
    })
    .await;
    let run = start(&proxy, "any", &["--json"]).end().await;
    let passed = names(&run.report(), "passed");
    assert_eq!(passed, ABOUT_ONE_ANSWER);
    assert_eq!(run.code, 1, "{}", run.stderr);
}

#[tokio::test]
async fn an_interrupted_run_leaves_nothing_behind() {
    let acme = Acme::start(Db::Sqlite).await;
    let scim = acme.scim.clone();
    let origin = scim.origin().to_owned();
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = seen.clone();
    let proxy = serve(move |asked| {
        let (origin, counter) = (origin.clone(), counter.clone());
        async move {
            counter.fetch_add(1, Ordering::Relaxed);
            forward(&origin, &asked).await
        }
    })
    .await;
    let url = format!("{proxy}{}", scim.base());
    let running = start(&url, scim.token(), &["--json", "--only", "rfc7644_3_4_2"]);
    eventually("the run to have created users", async || {
        (seen.load(Ordering::Relaxed) > 20 && count(&scim).await > 0).then_some(())
    })
    .await;
    running.interrupt();
    let run = running.end().await;
    assert_eq!(run.report()["interrupted"], true);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(count(&scim).await, 0);
}

async fn count(scim: &Scim) -> i64 {
    let list = scim.get("/Users?count=0").await.expect(200);
    list["totalResults"].as_i64().expect("an integer")
}
