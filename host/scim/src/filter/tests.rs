mod narrow;
mod properties;
mod tolerances;

use serde_json::json;

use super::*;
use crate::ScimType;
use crate::limits::{MAX_FILTER_DEPTH, MAX_FILTER_TERMS};
use crate::schema::ENTERPRISE_USER;
use crate::testing::{ACME, Group, Strict, Tolerant, User, extended, filter, object};

fn user() -> Object {
    object(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "2819c223-7f76",
        "externalId": "Eqpj",
        "userName": "BJensen@Example.com",
        "name": {"familyName": "O'Malley", "givenName": "Zo\u{eb}"},
        "title": "Tour Guide",
        "active": true,
        "emails": [
            {"value": "bjensen@example.com", "type": "work", "primary": true},
            {"value": "babs@jensen.org", "type": "home"},
        ],
        "groups": [{"value": "g1", "display": "Admins EMEA"}, {"value": "g2", "display": "Sales"}],
        (ENTERPRISE_USER): {"department": "R&D", "employeeNumber": "0042", "manager": {"value": "m1"}},
        (ACME): {"badge": 7, "quota": 1.5, "hiredAt": "2011-05-13T06:42:34+02:00", "tags": ["a", "b"]},
        "urn:x:other:1.0": {"externalTenantId": "T-1", "level": 3, "on": true, "list": ["p", "q"]},
        "meta": {"created": "2011-05-13T04:42:34.000Z", "lastModified": "2012-05-13T04:42:34.000Z"},
    }))
}

fn matches(text: &str) -> bool {
    filter(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .matches(&user())
}

#[track_caller]
fn all(texts: &[&str]) {
    for text in texts {
        assert!(matches(text), "{text} should match");
    }
}

#[track_caller]
fn none(texts: &[&str]) {
    for text in texts {
        assert!(!matches(text), "{text} should not match");
    }
}

#[test]
fn rfc7644_3_4_2_2_examples() {
    all(&[
        "userName eq \"bjensen@example.com\"",
        "name.familyName co \"O'Malley\"",
        "userName sw \"B\"",
        "urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"B\"",
        "title pr",
        "meta.lastModified gt \"2011-05-13T04:42:34Z\"",
        "meta.lastModified ge \"2011-05-13T04:42:34Z\"",
        "title pr and userType eq \"Employee\" or title pr",
        "schemas eq \"urn:ietf:params:scim:schemas:core:2.0:User\"",
        "userType ne \"Employee\" and not (emails co \"example.org\" or emails.value co \"example.net\")",
        "emails[type eq \"work\" and value co \"@example.com\"]",
        "emails[type eq \"work\" and value co \"@example.com\"] or ims[type eq \"xmpp\"]",
    ]);
    none(&[
        "meta.lastModified lt \"2011-05-13T04:42:34Z\"",
        "meta.lastModified le \"2011-05-13T04:42:34Z\"",
        "userType eq \"Employee\" and (emails.type eq \"work\")",
        "emails[type eq \"home\" and value co \"@example.com\"]",
    ]);
}

#[test]
fn rfc7643_2_2_letter_case_counts_where_the_attribute_says_so() {
    all(&[
        "userName eq \"BJENSEN@example.COM\"",
        "name.givenName eq \"ZOE\u{308}\"",
        "externalId eq \"Eqpj\"",
    ]);
    none(&[
        "externalId eq \"eqpj\"",
        "id eq \"2819C223-7F76\"",
        "groups.value eq \"G1\"",
    ]);
}

#[test]
fn names_operators_and_keywords_are_case_insensitive() {
    all(&[
        "USERNAME EQ \"bjensen@example.com\" AND NOT (title EQ \"x\")",
        "Name.GivenName Pr Or title pr",
    ]);
}

#[test]
fn rfc7644_3_4_2_2_and_binds_stronger_than_or() {
    all(&[
        "title pr or title pr and nickName pr",
        "nickName pr and title pr or title pr",
    ]);
    none(&[
        "(title pr or title pr) and nickName pr",
        "not (title pr) or nickName pr and title pr",
    ]);
    all(&["not(nickName pr)", "not ( nickName pr ) and title pr"]);
}

#[test]
fn ne_is_true_of_what_is_absent() {
    all(&[
        "nickName ne \"x\"",
        "ims.type ne \"xmpp\"",
        "active ne false",
        "title ne null",
        "emails.type ne \"work\"",
    ]);
    none(&[
        "title ne \"TOUR guide\"",
        "nickName ne null",
        "active ne true",
    ]);
    all(&["nickName eq null", "not (nickName eq \"x\")"]);
}

#[test]
fn complex_attributes_compare_by_their_value() {
    all(&[
        "manager eq \"m1\"",
        "emails co \"jensen.org\"",
        "groups eq \"g2\"",
    ]);
    assert!(filter("name eq \"x\"").unwrap_err().detail.contains("name"));
    all(&["name pr", "manager pr", "emails pr"]);
    none(&["addresses pr", "name.middleName pr"]);
}

#[test]
fn rfc7643_2_3_5_dates_compare_as_instants() {
    let hired =
        |operator: &str, date: &str| matches(&format!("{ACME}:hiredAt {operator} \"{date}\""));
    assert!(hired("eq", "2011-05-13T04:42:34Z"));
    assert!(hired("lt", "2011-05-13T04:42:35Z"));
    assert!(!hired("lt", "2011-05-13T05:00:00+02:00"));
    assert!(filter("meta.created gt \"yesterday\"").is_err());
}

#[test]
fn numbers_compare_as_numbers() {
    all(&[
        "badge eq 7",
        "badge gt 6.5",
        "badge lt 10",
        "quota ge 1.5",
        "badge eq \"7\"",
        "quota lt 2",
    ]);
    none(&["badge eq 70", "quota gt 1.5", "badge gt 10"]);
}

#[test]
fn values_of_simple_attributes_are_their_own_value() {
    all(&["tags eq \"A\"", "tags[value eq \"b\"]"]);
    none(&["tags eq \"c\"", "tags[value eq \"a\" and value eq \"b\"]"]);
}

#[test]
fn n2_quoted_booleans_in_filters() {
    all(&[
        "active eq \"True\"",
        "emails[primary eq \"true\"].value eq \"bjensen@example.com\"",
        "active eq True",
    ]);
    none(&["active eq \"False\""]);
    for text in ["active eq \"True\"", "active eq True", "externalId eq Eqpj"] {
        assert!(
            Filter::parse(&extended(), User, Strict, text).is_err(),
            "{text}"
        );
    }
}

#[test]
fn n16_bare_words_are_strings() {
    all(&[
        "externalId eq Eqpj",
        "userName eq bjensen@example.com",
        "employeeNumber eq 0042",
    ]);
    none(&["externalId eq Eqp", "employeeNumber eq 42"]);
    assert_eq!(
        filter("userName eq true").unwrap().to_string(),
        "userName eq \"true\""
    );
}

#[test]
fn entra_puts_a_condition_behind_a_value_path() {
    let text = "emails[type eq \"work\"].value eq \"bjensen@example.com\"";
    all(&[text, "emails[type eq \"home\"].value pr and title pr"]);
    none(&["emails[type eq \"home\"].value eq \"bjensen@example.com\""]);
    assert_eq!(
        filter(text).unwrap().to_string(),
        "emails[type eq \"work\" and value eq \"bjensen@example.com\"]"
    );
}

#[test]
fn rules_ask_for_extension_attributes_and_groups_in_one_filter() {
    all(&[
        "department eq \"R&D\" and groups[display sw \"Admins\"]",
        "urn:x:other:1.0:externalTenantId eq \"t-1\"",
        "URN:X:OTHER:1.0:EXTERNALTENANTID eq \"t-1\"",
        "urn:x:other:1.0:level gt 2 and urn:x:other:1.0:level eq \"3\"",
        "urn:x:other:1.0:on eq true and urn:x:other:1.0:list eq \"q\"",
    ]);
    none(&[
        "department eq \"R&D\" and groups[display sw \"Owners\"]",
        "urn:x:other:1.0:missing pr",
    ]);
}

#[test]
fn a_group_is_found_by_its_members() {
    let text = "id eq \"g1\" and members eq \"u1\"";
    let filter = Filter::parse(&extended(), Group, Tolerant, text).unwrap();
    let group =
        |member: &str| object(json!({"id": "g1", "members": [{"value": "u0"}, {"value": member}]}));
    assert!(filter.matches(&group("u1")));
    assert!(!filter.matches(&group("u2")));
    assert!(filter.mentions("members") && filter.mentions("ID") && !filter.mentions("displayName"));
}

#[test]
fn required_equalities_are_those_every_match_satisfies() {
    let found = |text: &str| {
        let filter = filter(text).unwrap();
        let pairs = filter.required_equalities();
        pairs
            .into_iter()
            .map(|(path, literal)| format!("{path}={literal}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(found("userName eq \"a\""), ["userName=\"a\""]);
    assert_eq!(
        found("USERNAME eq \"a\" and (active eq true and title pr)"),
        ["userName=\"a\"", "active=true"]
    );
    assert_eq!(
        found("emails[type eq \"work\"].value eq \"a\""),
        ["emails.type=\"work\"", "emails.value=\"a\""]
    );
    assert_eq!(
        found("emails eq \"a\" and department eq \"b\""),
        [
            "emails.value=\"a\"".to_owned(),
            format!("{ENTERPRISE_USER}:department=\"b\"")
        ]
    );
    for text in [
        "userName eq \"a\" or id eq \"b\"",
        "not (userName eq \"a\")",
        "userName ne \"a\"",
        "title eq null",
    ] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}

#[test]
fn what_is_no_filter_is_refused() {
    let wrong = [
        "",
        " ",
        "(",
        ")",
        "()",
        "userName",
        "userName eq",
        "userName foo \"x\"",
        "eq \"x\"",
        "foo eq \"x\"",
        "userName eq \"x\" and",
        "userName eq \"x\" \"y\"",
        "userName eq \"x",
        "userName eq \"\\q\"",
        "userName eq \"\\u0000\"",
        "and",
        "not",
        "not userName pr",
        "(userName pr",
        "userName pr)",
        "emails[type eq \"x\"",
        "emails[]",
        "emails.type[value eq \"x\"]",
        "emails[emails[type pr]]",
        "emails[type eq \"x\"]value pr",
        "name.givenName.x pr",
        "active gt true",
        "active co \"t\"",
        "badge co 7",
        "badge sw \"7\"",
        "title gt null",
        "password eq \"x\"",
        "password pr",
        "userName eq (",
        "active eq 7",
        "badge eq true",
        "urn:x pr",
        "emails[department pr]",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr",
    ];
    for text in wrong {
        let error = filter(text).expect_err(text);
        assert_eq!(
            error.scim_type,
            Some(ScimType::InvalidFilter),
            "{text}: {error}"
        );
    }
    assert!(filter("foo eq \"x\"").unwrap_err().detail.contains("foo"));
    assert!(
        filter("title pr xor")
            .unwrap_err()
            .detail
            .contains("character 10")
    );
}

#[test]
fn hostile_filters_are_refused_without_work() {
    let deep = format!(
        "{}title pr{}",
        "(".repeat(MAX_FILTER_DEPTH),
        ")".repeat(MAX_FILTER_DEPTH)
    );
    assert!(filter(&deep).is_ok());
    let wide = vec!["title pr"; MAX_FILTER_TERMS].join(" or ");
    assert!(filter(&wide).is_ok());
    let hostile = [
        format!("({deep})"),
        "not (".repeat(MAX_FILTER_DEPTH + 1),
        "(".repeat(16_000),
        format!("{wide} and title pr"),
        format!("title eq \"{}\"", "x".repeat(1 << 20)),
    ];
    for text in hostile {
        assert_eq!(
            filter(&text).unwrap_err().scim_type,
            Some(ScimType::InvalidFilter)
        );
    }
}

#[test]
fn a_filter_is_stored_without_the_schemas_it_was_read_with() {
    let parsed =
        filter("department eq \"R&D\" and not (badge gt 6.5 or emails[primary eq true])").unwrap();
    // Guests store it in a format that does not describe itself.
    let stored = postcard::to_allocvec(&parsed).unwrap();
    let restored: Filter = postcard::from_bytes(&stored).unwrap();
    assert_eq!(restored, parsed);
    assert_eq!(restored.matches(&user()), parsed.matches(&user()));
}

#[test]
fn printed_filters_are_canonical() {
    let printed = |text: &str| filter(text).unwrap().to_string();
    assert_eq!(printed("((USERNAME eq bob))"), "userName eq \"bob\"");
    assert_eq!(
        printed("title pr and (title pr and title pr)"),
        "title pr and title pr and title pr"
    );
    assert_eq!(
        printed("title pr and (title pr or title pr)"),
        "title pr and (title pr or title pr)"
    );
    assert_eq!(
        printed("department PR"),
        format!("{ENTERPRISE_USER}:department pr")
    );
    assert_eq!(printed("quota eq 3.0"), format!("{ACME}:quota eq 3.0"));
}

#[test]
fn rfc7644_3_4_2_1_at_the_root_what_another_type_has_is_absent() {
    let at_root = |kind, text| {
        Filter::read_at_root(&extended(), kind, Tolerant, text).map(|(filter, _)| filter)
    };
    let group = object(json!({"id": "g", "displayName": "Admins"}));
    let user = object(json!({"id": "u", "userName": "ada", "displayName": "Ada"}));
    let matches = |text| {
        let of = |kind, resource| at_root(kind, text).unwrap().matches(resource);
        (of(User, &user), of(Group, &group))
    };
    assert_eq!(matches("userName pr"), (true, false));
    assert_eq!(
        matches("userName eq \"ada\" or displayName eq \"admins\""),
        (true, true)
    );
    assert_eq!(
        matches("meta.resourceType pr or not (members pr)"),
        (true, true)
    );
    assert!(at_root(Group, "shoeSize pr").is_err());
    assert!(Filter::parse(&extended(), Group, Tolerant, "userName pr").is_err());
}

/// Ten terms over one text of 3.8 MB that is not ASCII took a second.
#[test]
fn a_long_text_is_folded_once_whatever_the_number_of_terms() {
    let mut user = user();
    user.insert("title".to_owned(), "É".repeat(1000).into());
    user.insert(
        "roles".to_owned(),
        json!([{"value": "É".repeat(1000)}, {"value": "Ä".repeat(1000)}]),
    );
    let terms = |path: &str| vec![format!("{path} co \"none\""); 50].join(" or ");
    for (text, folded) in [
        (terms("title"), 1),
        (terms("roles.value"), 2),
        (format!("roles[{}]", terms("value")), 2),
        (terms("userName"), 0),
    ] {
        let filter = filter(&text).unwrap();
        let mut evaluation = Evaluation::default();
        assert!(!evaluation.matches(&filter.0, Subject::Object(&user)));
        assert_eq!(evaluation.folds(), folded, "{text:.20}");
    }
    assert!(
        filter("title co \"éÉé\" and title ew \"é\"")
            .unwrap()
            .matches(&user)
    );
}

#[test]
fn what_judging_takes_is_the_text_it_compares() {
    let mut user = user();
    user.insert("title".to_owned(), "x".repeat(10_000).into());
    let steps = |text: &str| filter(text).unwrap().judge(&user).1;
    let one = steps("title co \"y\"");
    assert!((10_000..11_000).contains(&one), "{one}");
    assert_eq!(steps("title co \"y\" or title ew \"z\""), 2 * one);
    assert!(steps("active eq true") < 100);
}
