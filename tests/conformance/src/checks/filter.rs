//! RFC 7644 §3.4.2.2: filters, told as tables over three users.

use serde_json::json;

use crate::answer::{equal, id, text};
use crate::check::{Check, Level, Need, ensure, must, should};
use crate::session::{Session, encode};

/// Which of Ada, Bob and Cyd a filter finds; `{run}` stands for what their values begin with.
struct Case {
    name: &'static str,
    level: Level,
    says: &'static str,
    filter: &'static str,
    finds: &'static [&'static str],
}

const fn case(
    name: &'static str,
    says: &'static str,
    filter: &'static str,
    finds: &'static [&'static str],
) -> Case {
    Case {
        name,
        level: Level::Must,
        says,
        filter,
        finds,
    }
}

const EQ: &str = "eq: the attribute and operator values must be identical for a match.";
const NOT: &str = "not: the expression matches where the one in parentheses does not.";
const PRECEDENCE: &str = "not binds closer than and, and closer than or; parentheses go first.";
const CASE: &str = "Attribute names and operators in filters are case insensitive.";
const PATH: &str = "valuePath: the filter in brackets must match one and the same value.";
const IMPLIED: &str = "A multi-valued complex attribute without a sub-attribute means its value.";
const ESCAPES: &str = "Values are JSON strings, with JSON's escapes.";

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("rfc7644_3_4_2_2_eq", EQ, r#"title eq "{run}-Engineer""#, &["ada"]),
    case("rfc7644_3_4_2_2_eq_of_a_boolean", EQ, r#"active eq false and userName sw "{run}-q-""#, &["bob"]),
    case("rfc7644_3_4_2_2_ne", "ne: the values are not identical; an attribute without value is not equal either.", r#"title ne "{run}-Engineer" and userName sw "{run}-q-""#, &["bob", "cyd"]),
    case("rfc7644_3_4_2_2_co", "co: the operator value is a substring.", r#"userName co "{run}-q-b""#, &["bob"]),
    case("rfc7644_3_4_2_2_sw", "sw: the operator value is a substring at the beginning.", r#"userName sw "{run}-q-""#, &["ada", "bob", "cyd"]),
    case("rfc7644_3_4_2_2_ew", "ew: the operator value is a substring at the end.", r#"displayName ew "{run} cyd""#, &["cyd"]),
    case("rfc7644_3_4_2_2_pr", "pr: the attribute has a non-empty value.", r#"title pr and userName sw "{run}-q-""#, &["ada", "bob"]),
    case("rfc7644_3_4_2_2_pr_of_a_complex_attribute", "pr: a complex attribute has a non-empty node.", r#"name pr and userName sw "{run}-q-a""#, &["ada"]),
    case("rfc7644_3_4_2_2_gt", "gt: strings compare lexicographically.", r#"title gt "{run}-Engineer" and userName sw "{run}-q-""#, &["bob"]),
    case("rfc7644_3_4_2_2_ge", "ge: greater than or equal to.", r#"title ge "{run}-Engineer" and userName sw "{run}-q-""#, &["ada", "bob"]),
    case("rfc7644_3_4_2_2_lt", "lt: strings compare lexicographically.", r#"title lt "{run}-Manager" and userName sw "{run}-q-""#, &["ada"]),
    case("rfc7644_3_4_2_2_le", "le: less than or equal to.", r#"title le "{run}-Manager" and userName sw "{run}-q-""#, &["ada", "bob"]),
    case("rfc7644_3_4_2_2_gt_of_a_time", "gt: dates compare chronologically.", r#"meta.lastModified gt "2001-01-01T00:00:00Z" and userName sw "{run}-q-""#, &["ada", "bob", "cyd"]),
    case("rfc7644_3_4_2_2_lt_of_a_time", "lt: dates compare chronologically.", r#"meta.created lt "2001-01-01T00:00:00Z" and userName sw "{run}-q-""#, &[]),
    case("rfc7644_3_4_2_2_and", "and: both expressions must match.", r#"title co "{run}" and active eq true"#, &["ada"]),
    case("rfc7644_3_4_2_2_or", "or: either expression must match.", r#"title eq "{run}-Engineer" or title eq "{run}-Manager""#, &["ada", "bob"]),
    case("rfc7644_3_4_2_2_not", NOT, r#"userName sw "{run}-q-" and not (title pr)"#, &["cyd"]),
    case("rfc7644_3_4_2_2_not_of_a_group", NOT, r#"userName sw "{run}-q-" and not (active eq false or title pr)"#, &["cyd"]),
    case("rfc7644_3_4_2_2_and_binds_closer_than_or", PRECEDENCE, r#"userName sw "{run}-q-c" or userName sw "{run}-q-" and active eq false"#, &["bob", "cyd"]),
    case("rfc7644_3_4_2_2_parentheses_go_first", PRECEDENCE, r#"(userName sw "{run}-q-c" or userName sw "{run}-q-b") and active eq false"#, &["bob"]),
    case("rfc7644_3_4_2_2_operators_are_case_insensitive", CASE, r#"title EQ "{run}-Engineer" OR title Eq "{run}-Manager" And active eq true"#, &["ada"]),
    case("rfc7644_3_4_2_2_attribute_names_are_case_insensitive", CASE, r#"USERNAME sw "{run}-q-a""#, &["ada"]),
    case("rfc7644_3_4_2_2_case_inexact_strings_ignore_case", "Strings compare by the attribute's caseExact; that of userName is false.", r#"userName eq "{run}-Q-CYD@EXAMPLE.COM""#, &["cyd"]),
    case("rfc7644_3_4_2_2_external_id_is_case_exact", "Strings compare by the attribute's caseExact; that of externalId is true.", r#"externalId eq "{run}-x-ada""#, &[]),
    case("rfc7644_3_4_2_2_external_id", EQ, r#"externalId eq "{run}-X-Ada""#, &["ada"]),
    case("rfc7644_3_4_2_2_sub_attribute", "attrPath: a sub-attribute is named behind a dot.", r#"name.familyName eq "{run}-alpha""#, &["bob"]),
    case("rfc7644_3_4_2_2_sub_attribute_of_many_values", "A multi-valued attribute matches where any of its values does.", r#"emails.value eq "ada@home.{run}.example""#, &["ada"]),
    case("rfc7644_3_4_2_2_many_values_imply_value", IMPLIED, r#"emails co ".{run}.example""#, &["ada", "bob", "cyd"]),
    case("rfc7644_3_4_2_2_value_path", PATH, r#"emails[type eq "work" and value co "@work.{run}"]"#, &["ada", "cyd"]),
    case("rfc7644_3_4_2_2_value_path_is_about_one_value", PATH, r#"emails[type eq "work" and value co "@home.{run}"]"#, &[]),
    case("rfc7644_3_4_2_2_value_path_in_a_larger_filter", PATH, r#"emails[type eq "home" and value co "{run}"] and active eq true"#, &["ada"]),
    case("rfc7644_3_4_2_2_value_path_with_or", PATH, r#"emails[value sw "bob@home.{run}" or value sw "cyd@work.{run}"]"#, &["bob", "cyd"]),
    case("rfc7644_3_4_2_2_value_path_with_not", PATH, r#"emails[value co "{run}" and not (type eq "home")]"#, &["ada", "cyd"]),
    case("rfc7644_3_4_2_2_value_may_hold_escapes", ESCAPES, r#"displayName eq "{run} \"Bob\" \\ \u00D6""#, &["bob"]),
    case("rfc7644_3_4_2_2_value_may_hold_spaces", ESCAPES, r#"displayName sw "{run} A""#, &["ada"]),
    Case { level: Level::Should, ..case("rfc7644_3_4_2_2_eq_null_is_not_present", "null is a compValue: equal to an attribute without value.", r#"title eq null and userName sw "{run}-q-""#, &["cyd"]) },
];

pub(super) fn checks() -> Vec<Check> {
    let cases = CASES.iter().map(|case| {
        let check = must(case.name, case.says, async move |scim| {
            finds(scim, case.filter, case.finds).await
        });
        Check {
            level: case.level,
            ..check
        }
        .needs([Need::User("title")])
    });
    let mut checks: Vec<_> = cases.chain(more()).chain(refusals()).collect();
    checks.push(
        must(
            "rfc7644_3_4_2_2_members_are_found_by_value",
            IMPLIED,
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let group = scim.group(&[&user]).await?;
                scim.group(&[]).await?;
                for filter in ["members.value eq", "members eq", "members[value eq"] {
                    let close = if filter.contains('[') { "]" } else { "" };
                    let filter = format!("{filter} {}{close}", user["id"]);
                    let found = scim.find("/Groups", &filter).await?;
                    equal(&filter, &found.into(), &json!([{"id": id(&group)?}]))?;
                }
                Ok(())
            },
        )
        .needs([Need::Group]),
    );
    checks
        .into_iter()
        .map(|check| check.needs([Need::Filter]))
        .collect()
}

async fn finds(scim: &Session, filter: &str, expected: &[&str]) -> crate::check::Checked {
    let people = scim.people().await?;
    let filter = filter.replace("{run}", scim.run());
    let found = scim.find("/Users", &filter).await?;
    let mut names = Vec::new();
    for resource in &found {
        let person = people
            .all()
            .into_iter()
            .find(|(_, person)| person["id"] == resource["id"]);
        names.push(person.map_or("somebody else", |(name, _)| name));
    }
    names.sort_unstable();
    ensure(names == expected, || {
        format!("found {names:?}, not {expected:?}")
    })
}

fn more() -> Vec<Check> {
    vec![
        must("rfc7644_3_4_2_2_id", EQ, async |scim| {
            let ada = id(&scim.people().await?.ada)?;
            finds(scim, &format!("id eq \"{ada}\""), &["ada"]).await
        }),
        must(
            "rfc7644_3_4_2_2_last_modified_ge_itself",
            "ge: dates compare chronologically.",
            async |scim| {
                let time = text(&scim.people().await?.cyd, "/meta/lastModified")?;
                let filter =
                    format!("meta.lastModified ge \"{time}\" and userName sw \"{{run}}-q-c\"");
                finds(scim, &filter, &["cyd"]).await
            },
        ),
        must(
            "rfc7644_3_4_2_2_extension_attribute",
            "Attributes of an extension are named by its URI and a colon.",
            async |scim| {
                let urn = crate::features::ENTERPRISE;
                let filter = format!("{urn}:department eq \"{{run}}-research\"");
                finds(scim, &filter, &["ada"]).await
            },
        )
        .needs([Need::Enterprise]),
        should(
            "rfc7644_3_4_2_2_attribute_without_definition_matches_nothing",
            "A filter on an attribute that the schema does not know is refused, or matches nothing.",
            async |scim| {
                let filter = encode("conformanceNoSuchAttribute eq \"x\"");
                let answer = scim.get(&format!("/Users?filter={filter}")).await?;
                if answer.ok() {
                    let (_, found) = answer.list()?;
                    return ensure(found.is_empty(), || format!("{} were found", found.len()));
                }
                answer.error_of(400, "invalidFilter")
            },
        ),
    ]
}

/// What is no filter, or compares what can't be compared.
#[rustfmt::skip]
const REFUSED: &[(&str, &str)] = &[
    ("rfc7644_3_4_2_2_unknown_operator_is_invalid_filter", r#"userName is "x""#),
    ("rfc7644_3_4_2_2_missing_value_is_invalid_filter", "userName eq"),
    ("rfc7644_3_4_2_2_missing_operator_is_invalid_filter", r#"userName "x""#),
    ("rfc7644_3_4_2_2_open_string_is_invalid_filter", r#"userName eq "x"#),
    ("rfc7644_3_4_2_2_open_parenthesis_is_invalid_filter", r#"(userName eq "x""#),
    ("rfc7644_3_4_2_2_closing_parenthesis_is_invalid_filter", r#"userName eq "x")"#),
    ("rfc7644_3_4_2_2_open_bracket_is_invalid_filter", r#"emails[type eq "work""#),
    ("rfc7644_3_4_2_2_trailing_and_is_invalid_filter", r#"userName eq "x" and"#),
    ("rfc7644_3_4_2_2_not_without_parentheses_is_invalid_filter", "not title pr"),
    ("rfc7644_3_4_2_2_gt_of_a_boolean_is_invalid_filter", "active gt true"),
    ("rfc7644_3_4_2_2_le_of_a_boolean_is_invalid_filter", "active le false"),
];

fn refusals() -> impl Iterator<Item = Check> {
    REFUSED.iter().map(|(name, filter)| {
        let says = if filter.starts_with("active") {
            "gt, ge, lt and le of a Boolean SHALL fail: 400 invalidFilter."
        } else {
            "A filter that does not conform to the grammar is 400 invalidFilter."
        };
        must(name, says, async move |scim| {
            let path = format!("/Users?filter={}", encode(filter));
            scim.get(&path).await?.error_of(400, "invalidFilter")
        })
    })
}
