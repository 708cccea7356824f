//! RFC 7643 §5 to §7 and RFC 7644 §4: what the server says about itself.

use serde_json::Value;

use crate::answer::{equal, text};
use crate::check::{Check, Checked, Need, Stop, ensure, fail, must, should};
use crate::session::{Session, USER, encode};

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const TYPES: [&str; 9] = [
    "string",
    "boolean",
    "decimal",
    "integer",
    "dateTime",
    "reference",
    "complex",
    "binary",
    "any",
];

pub(super) fn checks() -> Vec<Check> {
    let mut checks = config();
    checks.extend(resource_types());
    checks.extend(schemas());
    checks.extend(endpoints());
    checks
}

fn config() -> Vec<Check> {
    vec![
        must(
            "rfc7643_5_config_says_what_is_supported",
            "patch, bulk, filter, changePassword, sort and etag are REQUIRED, each with supported.",
            async |scim| {
                let config = scim.get("/ServiceProviderConfig").await?.expect(200)?;
                for name in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
                    ensure(config[name]["supported"].is_boolean(), || {
                        format!("{name}.supported is {}", config[name]["supported"])
                    })?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7643_5_config_states_its_limits",
            "bulk.maxOperations, bulk.maxPayloadSize and filter.maxResults are REQUIRED integers.",
            async |scim| {
                let config = scim.get("/ServiceProviderConfig").await?.expect(200)?;
                for pointer in [
                    "/bulk/maxOperations",
                    "/bulk/maxPayloadSize",
                    "/filter/maxResults",
                ] {
                    let limit = config.pointer(pointer).and_then(Value::as_u64);
                    ensure(limit.is_some(), || format!("{pointer} is no integer"))?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7643_5_config_lists_authentication_schemes",
            "authenticationSchemes is REQUIRED; each has type, name and description.",
            async |scim| {
                let config = scim.get("/ServiceProviderConfig").await?.expect(200)?;
                let Some(schemes) = config["authenticationSchemes"].as_array() else {
                    return fail("authenticationSchemes is no array");
                };
                for scheme in schemes {
                    for member in ["/type", "/name", "/description"] {
                        text(scheme, member)?;
                    }
                }
                Ok(())
            },
        ),
        must(
            "rfc7643_5_config_names_its_schema",
            "The resource's schema is urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig.",
            async |scim| {
                let config = scim.get("/ServiceProviderConfig").await?.expect(200)?;
                let schemas = config["schemas"].as_array().cloned().unwrap_or_default();
                ensure(schemas.contains(&CONFIG.into()), || {
                    format!("schemas is {}", config["schemas"])
                })
            },
        ),
    ]
}

/// The resources of a discovery list.
async fn listed(scim: &Session, path: &str) -> Checked<Vec<Value>> {
    let (_, resources) = scim.get(path).await?.list()?;
    ensure(!resources.is_empty(), || format!("{path} lists nothing"))?;
    Ok(resources)
}

fn resource_types() -> Vec<Check> {
    vec![
        must(
            "rfc7643_6_resource_types_have_name_endpoint_and_schema",
            "name, endpoint and schema of a resource type are REQUIRED.",
            async |scim| {
                for kind in listed(scim, "/ResourceTypes").await? {
                    for member in ["/name", "/endpoint", "/schema"] {
                        text(&kind, member)?;
                    }
                }
                Ok(())
            },
        ),
        must(
            "rfc7643_6_endpoints_are_relative_to_the_base_url",
            "endpoint is the HTTP-addressable endpoint relative to the base URL, such as /Users.",
            async |scim| {
                for kind in listed(scim, "/ResourceTypes").await? {
                    let endpoint = text(&kind, "/endpoint")?;
                    ensure(endpoint.starts_with('/'), || {
                        format!("endpoint is {endpoint:?}")
                    })?;
                    scim.get(&format!("{endpoint}?count=1")).await?.list()?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7643_6_extensions_say_whether_they_are_required",
            "schemaExtensions have schema, the URI of a schema, and required, a boolean.",
            async |scim| {
                for kind in listed(scim, "/ResourceTypes").await? {
                    let extensions = kind["schemaExtensions"].as_array().cloned();
                    for extension in extensions.unwrap_or_default() {
                        text(&extension, "/schema")?;
                        ensure(extension["required"].is_boolean(), || {
                            format!("required is {}", extension["required"])
                        })?;
                    }
                }
                Ok(())
            },
        ),
        must(
            "rfc7643_6_schemas_of_resource_types_are_published",
            "schema of a resource type MUST be equal to the id of the associated Schema.",
            async |scim| {
                let schemas = listed(scim, "/Schemas").await?;
                for kind in listed(scim, "/ResourceTypes").await? {
                    let extensions = kind["schemaExtensions"].as_array().into_iter().flatten();
                    let named = extensions.map(|it| &it["schema"]).chain([&kind["schema"]]);
                    for schema in named {
                        let known = schemas.iter().any(|it| it["id"] == *schema);
                        ensure(known, || format!("/Schemas does not list {schema}"))?;
                    }
                }
                Ok(())
            },
        ),
    ]
}

/// Every attribute of every schema, sub-attributes behind their attribute, with a name for people.
async fn attributes(scim: &Session) -> Checked<Vec<(String, Value)>> {
    let mut all = Vec::new();
    for schema in listed(scim, "/Schemas").await? {
        let schema_id = text(&schema, "/id")?.to_owned();
        let Some(attributes) = schema["attributes"].as_array() else {
            return fail(format!("{schema_id}: attributes is no array"));
        };
        for attribute in attributes {
            let name = format!("{schema_id}:{}", text(attribute, "/name")?);
            for sub in attribute["subAttributes"].as_array().into_iter().flatten() {
                all.push((format!("{name}.{}", text(sub, "/name")?), sub.clone()));
            }
            all.push((name, attribute.clone()));
        }
    }
    Ok(all)
}

/// Whether every attribute has one of these words under `member`.
async fn one_of(scim: &Session, member: &str, words: &[&str]) -> Checked {
    for (name, attribute) in attributes(scim).await? {
        let word = attribute[member].as_str();
        ensure(word.is_some_and(|word| words.contains(&word)), || {
            format!("{member} of {name} is {}", attribute[member])
        })?;
    }
    Ok(())
}

fn schemas() -> Vec<Check> {
    vec![
        must(
            "rfc7643_7_types_of_attributes_are_the_rfcs",
            "type is string, boolean, decimal, integer, dateTime, binary, reference or complex.",
            async |scim| one_of(scim, "type", &TYPES).await,
        ),
        must(
            "rfc7643_7_mutability_is_one_of_four",
            "mutability is readOnly, readWrite, immutable or writeOnly.",
            async |scim| {
                one_of(
                    scim,
                    "mutability",
                    &["readOnly", "readWrite", "immutable", "writeOnly"],
                )
                .await
            },
        ),
        must(
            "rfc7643_7_returned_is_one_of_four",
            "returned is always, never, default or request.",
            async |scim| one_of(scim, "returned", &["always", "never", "default", "request"]).await,
        ),
        should(
            "rfc7643_7_characteristics_are_declared",
            "multiValued, required and caseExact are booleans; uniqueness is none, server or global.",
            async |scim| {
                for (name, attribute) in attributes(scim).await? {
                    for member in ["multiValued", "required"] {
                        ensure(attribute[member].is_boolean(), || {
                            format!("{member} of {name} is {}", attribute[member])
                        })?;
                    }
                    let unique = attribute["uniqueness"].as_str();
                    ensure(
                        matches!(unique, None | Some("none" | "server" | "global")),
                        || format!("uniqueness of {name} is {}", attribute["uniqueness"]),
                    )?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7643_7_complex_attributes_have_sub_attributes",
            "A complex attribute has subAttributes, and no sub-attribute is complex itself.",
            async |scim| {
                for (name, attribute) in attributes(scim).await? {
                    let subs = attribute["subAttributes"].as_array();
                    let complex = attribute["type"] == "complex";
                    ensure(
                        !complex || subs.is_some_and(|subs| !subs.is_empty()),
                        || format!("{name} is complex and has no subAttributes"),
                    )?;
                    let nested = subs
                        .into_iter()
                        .flatten()
                        .any(|sub| sub["type"] == "complex");
                    ensure(!nested, || format!("{name} has a complex sub-attribute"))?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7643_2_1_attribute_names_are_valid",
            "An attribute's name is a letter, then letters, digits, - or _; $ref is the exception.",
            async |scim| {
                for (name, attribute) in attributes(scim).await? {
                    let word = text(&attribute, "/name")?;
                    let valid = word == "$ref"
                        || word.starts_with(|it: char| it.is_ascii_alphabetic())
                            && word
                                .chars()
                                .all(|it| it.is_ascii_alphanumeric() || "-_".contains(it));
                    ensure(valid, || format!("{name} is no valid name"))?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7643_7_references_say_to_what",
            "referenceTypes applies to attributes of type reference, and says what they refer to.",
            async |scim| {
                for (name, attribute) in attributes(scim).await? {
                    let declared = attribute["referenceTypes"].as_array();
                    let wanted = attribute["type"] == "reference";
                    ensure(
                        !wanted || declared.is_some_and(|types| !types.is_empty()),
                        || format!("{name} is a reference without referenceTypes"),
                    )?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7643_8_7_1_user_schema_declares_user_name",
            "userName is required, caseExact false and unique by server.",
            async |scim| {
                let path = format!("/Schemas/{}", encode(USER));
                let schema = scim.get(&path).await?.expect(200)?;
                let attributes = schema["attributes"].as_array().cloned().unwrap_or_default();
                let Some(name) = attributes.iter().find(|it| it["name"] == "userName") else {
                    return fail("the User schema has no userName");
                };
                equal("required", &name["required"], &true.into())?;
                equal("caseExact", &name["caseExact"], &false.into())?;
                equal("uniqueness", &name["uniqueness"], &"server".into())
            },
        ),
    ]
}

const LISTS: [&str; 2] = ["/ResourceTypes", "/Schemas"];

fn endpoints() -> Vec<Check> {
    vec![
        must(
            "rfc7644_4_lists_are_list_responses",
            "/ResourceTypes and /Schemas answer with a ListResponse of everything.",
            async |scim| {
                for path in LISTS {
                    let (list, resources) = scim.get(path).await?.list()?;
                    let total = list["totalResults"].as_u64();
                    ensure(total == Some(resources.len() as u64), || {
                        format!("{path}: totalResults {total:?} of {}", resources.len())
                    })?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_4_each_resource_type_has_its_own_address",
            "/ResourceTypes/{name} answers with the one resource type.",
            async |scim| {
                for kind in listed(scim, "/ResourceTypes").await? {
                    let name = text(&kind, "/id").or_else(|_| text(&kind, "/name"))?;
                    let path = format!("/ResourceTypes/{}", encode(name));
                    let one = scim.get(&path).await?.expect(200)?;
                    equal("endpoint", &one["endpoint"], &kind["endpoint"])?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_4_each_schema_has_its_own_address",
            "/Schemas/{URI} answers with the one schema.",
            async |scim| {
                for schema in listed(scim, "/Schemas").await? {
                    let path = format!("/Schemas/{}", encode(text(&schema, "/id")?));
                    let one = scim.get(&path).await?.expect(200)?;
                    equal("id", &one["id"], &schema["id"])?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_4_unknown_names_are_404",
            "What does not exist is answered with 404 and an error in JSON.",
            async |scim| {
                for path in LISTS {
                    let path = format!("{path}/urn:example:conformance:none");
                    scim.get(&path).await?.error(404)?;
                }
                Ok(())
            },
        ),
        should(
            "rfc7644_4_filter_on_discovery_is_403",
            "If a filter is provided, the service provider SHOULD respond with 403.",
            async |scim| {
                for path in LISTS {
                    let path = format!("{path}?filter={}", encode("id pr"));
                    scim.get(&path).await?.error(403)?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_4_other_parameters_are_ignored",
            "attributes, sorting and pagination SHALL be ignored by the discovery endpoints.",
            async |scim| {
                for path in LISTS {
                    let (_, all) = scim.get(path).await?.list()?;
                    let asked = format!("{path}?count=0&startIndex=2&sortBy=id&attributes=id");
                    let (_, same) = scim.get(&asked).await?.list()?;
                    ensure(all == same, || {
                        format!("{asked} answers otherwise than {path}")
                    })?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_4_discovery_can_not_be_written",
            "The discovery endpoints are for GET.",
            async |scim| {
                for path in ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"] {
                    let answer = scim
                        .post(path, &serde_json::json!({"schemas": [USER]}))
                        .await?;
                    ensure(matches!(answer.status, 400..=499 | 501), || {
                        format!("POST {path} answered {}", answer.status)
                    })?;
                }
                Ok(())
            },
        ),
        must(
            "rfc7644_4_config_is_one_resource",
            "/ServiceProviderConfig answers with the resource itself, not with a list.",
            async |scim| {
                let config = scim.get("/ServiceProviderConfig").await?.expect(200)?;
                match config["Resources"] {
                    Value::Null => Ok(text(&config, "/schemas/0").map(drop)?),
                    _ => Err(Stop::Failed("the answer is a list".to_owned())),
                }
            },
        ),
        must(
            "rfc9865_4_config_speaks_of_pagination",
            "pagination has cursor and index, both REQUIRED booleans.",
            async |scim| {
                let config = scim.get("/ServiceProviderConfig").await?.expect(200)?;
                for name in ["cursor", "index"] {
                    ensure(config["pagination"][name].is_boolean(), || {
                        format!("pagination.{name} is {}", config["pagination"][name])
                    })?;
                }
                Ok(())
            },
        )
        .needs([Need::Cursor]),
    ]
}
