//! What a filter was forgiven, and that a strict connection forgives none of it.

use crate::testing::{Strict, Tolerant, User, extended};
use crate::{Filter, quirk};

#[test]
fn what_is_forgiven_is_counted_and_refused_when_strict() {
    for (text, name) in [
        ("active eq \"True\"", quirk::STRING_BOOLEAN),
        ("emails[primary eq \"true\"]", quirk::STRING_BOOLEAN),
        ("externalId eq Eqpj", quirk::BARE_FILTER_VALUE),
        ("department eq \"R&D\"", quirk::BARE_EXTENSION_ATTRIBUTE),
        (
            "urn:scim:schemas:core:1.0:userName eq \"a\"",
            quirk::SCHEMA_URI,
        ),
        (
            "urn:scim:schemas:extension:enterprise:1.0:department eq \"a\"",
            quirk::SCHEMA_URI,
        ),
        (
            "urn:x:other:1.0:externalTenantId eq \"a\"",
            quirk::UNDECLARED_EXTENSION,
        ),
    ] {
        let (_, tolerances) = Filter::read(&extended(), User, Tolerant, text).unwrap();
        assert_eq!(tolerances.iter().collect::<Vec<_>>(), [(name, 1)], "{text}");
        assert!(
            Filter::read(&extended(), User, Strict, text).is_err(),
            "{text}"
        );
    }
}

#[test]
fn what_the_rfc_allows_is_not_counted() {
    let text = "USERNAME Eq \"a\" and (active eq true or emails[type eq \"work\"] and not (title pr)) and \
                urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"a\"";
    let (_, tolerances) = Filter::read(&extended(), User, Strict, text).unwrap();
    assert!(tolerances.is_empty());
}
