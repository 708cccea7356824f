mod legacy;
mod members;
mod properties;
mod quirks;
mod refusals;
mod removals;
mod rfc;

use serde_json::{Value, json};

use super::*;
use crate::ScimType;
use crate::schema::ENTERPRISE_USER;
use crate::testing::{Tolerant, User, canonical, patched, patching};

/// Alice as Entra creates her.
fn alice() -> Object {
    canonical(
        User,
        &json!({
            "userName": "alice@contoso.example",
            "active": true,
            "displayName": "Alice",
            "name": {"formatted": "Alice One", "familyName": "One", "givenName": "Alice"},
            "emails": [{"primary": true, "type": "work", "value": "alice@contoso.example"}],
            (ENTERPRISE_USER): {"employeeNumber": "701984", "department": "Sales"},
        }),
    )
}

fn alice_after(operations: &Value) -> Object {
    patched(User, &alice(), operations)
}

fn refused(operations: &Value) -> Option<ScimType> {
    let error = patching(User, Tolerant, &alice(), operations)
        .map(|(doc, _)| panic!("{operations} was taken: {doc:?}"))
        .unwrap_err();
    assert_eq!(error.status, 400);
    error.scim_type
}
