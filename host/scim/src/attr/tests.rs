use super::*;
use crate::schema::{ENTERPRISE_USER, GROUP, USER};
use crate::testing::{ACME, Group, Strict, Tolerant, User, extended};

/// URN, name and sub-attribute.
type Named = (Option<String>, String, Option<String>);

fn resolved(strictness: Strictness, text: &str) -> Option<Named> {
    match resolve(&extended(), User, strictness, text)? {
        Target::Extension(urn) => Some((Some(urn), String::new(), None)),
        Target::Attribute(found) => Some((
            found.urn,
            found.attribute.name.clone(),
            found.sub.map(|sub| sub.name.clone()),
        )),
    }
}

fn named(urn: Option<&str>, name: &str, sub: Option<&str>) -> Named {
    (
        urn.map(str::to_owned),
        name.to_owned(),
        sub.map(str::to_owned),
    )
}

#[test]
fn rfc7643_2_1_names_are_case_insensitive() {
    assert_eq!(
        resolved(Strict, "USERNAME"),
        Some(named(None, "userName", None))
    );
    assert_eq!(
        resolved(Strict, "name.GIVENname"),
        Some(named(None, "name", Some("givenName")))
    );
}

#[test]
fn n3_a_urn_ends_where_the_schema_does_not_at_its_dot() {
    let department = format!("{ENTERPRISE_USER}:department");
    assert_eq!(
        resolved(Strict, &department),
        Some(named(Some(ENTERPRISE_USER), "department", None))
    );
    let manager = format!("{}:manager.value", ENTERPRISE_USER.to_uppercase());
    assert_eq!(
        resolved(Strict, &manager),
        Some(named(Some(ENTERPRISE_USER), "manager", Some("value")))
    );
    let given_name = format!("{USER}:name.givenName");
    assert_eq!(
        resolved(Strict, &given_name),
        Some(named(None, "name", Some("givenName")))
    );
    assert_eq!(
        resolved(Strict, ENTERPRISE_USER),
        Some(named(Some(ENTERPRISE_USER), "", None))
    );
}

#[test]
fn n13_tolerant_connections_find_extension_attributes_by_their_bare_name() {
    assert_eq!(
        resolved(Tolerant, "department"),
        Some(named(Some(ENTERPRISE_USER), "department", None))
    );
    assert_eq!(
        resolved(Tolerant, "badge"),
        Some(named(Some(ACME), "badge", None))
    );
    assert_eq!(resolved(Strict, "department"), None);
}

#[test]
fn n12_outdated_schema_uris_mean_ours() {
    let department = "urn:scim:schemas:extension:enterprise:1.0:department";
    assert_eq!(
        resolved(Tolerant, department),
        Some(named(Some(ENTERPRISE_USER), "department", None))
    );
    assert_eq!(resolved(Strict, department), None);
}

#[test]
fn attributes_of_undeclared_extensions_are_told_by_their_shape() {
    let urn = "urn:ietf:params:scim:schemas:extension:other:2.0:User";
    let attribute = format!("{urn}:externalTenantId");
    assert_eq!(
        resolved(Tolerant, &attribute),
        Some(named(Some(urn), "externalTenantId", None))
    );
    assert_eq!(resolved(Tolerant, urn), Some(named(Some(urn), "", None)));
    assert_eq!(resolved(Strict, &attribute), None);
}

#[test]
fn unknown_names_are_nobodys() {
    let unknown = [
        "",
        ".",
        "foo",
        "name.",
        "name.foo",
        "userName.value",
        "urn:",
        "urn:x",
        "urn:x:y:",
        "é",
    ];
    for name in unknown {
        assert_eq!(resolved(Tolerant, name), None, "{name}");
    }
    assert_eq!(resolved(Tolerant, &format!("{ENTERPRISE_USER}:foo")), None);
    assert_eq!(resolved(Tolerant, &format!("{USER}:department")), None);
    assert!(resolve(&extended(), Group, Tolerant, "userName").is_none());
    assert!(
        resolve(
            &extended(),
            Group,
            Strict,
            &format!("{GROUP}:members.value")
        )
        .is_some()
    );
}
