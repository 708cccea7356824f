//! What a PUT leaves in place although it replaces the resource (RFC 7644 §3.5.1).

use serde_json::Value;

use crate::canonical::arrange_values;
use crate::schema::Attribute;
use crate::{Object, ResourceType, SchemaSet};

/// Takes over from the stored document what no client can have meant to take away: attributes of extensions that only
/// the server sets, those that clients never see, and those that can't change, where the body leaves them out.
pub(super) fn keep(set: &SchemaSet, kind: ResourceType, before: &Object, doc: &mut Object) {
    for schema in set.extensions(kind) {
        let Some(Value::Object(stored)) = before.get(&schema.id) else {
            continue;
        };
        for attribute in &schema.attributes {
            let Some(value) = stored.get(&attribute.name) else {
                continue;
            };
            if stays(attribute) {
                let extension = doc.entry(&*schema.id);
                let extension = extension.or_insert_with(|| Value::Object(Object::new()));
                put_if_absent(extension, &attribute.name, value);
            } else if let Some(whole) = doc
                .get_mut(&schema.id)
                .and_then(|extension| extension.get_mut(&attribute.name))
            {
                let parts = attribute.sub_attributes.iter().filter(|sub| stays(sub));
                for sub in parts {
                    if let Some(part) = value.get(&sub.name) {
                        put_if_absent(whole, &sub.name, part);
                    }
                }
            }
        }
    }
    arrange_values(set, kind, doc);
}

fn stays(attribute: &Attribute) -> bool {
    attribute.is_read_only() || attribute.is_immutable() || attribute.is_never_returned()
}

/// Into an object; lists of values have no parts to tell one from another.
fn put_if_absent(whole: &mut Value, name: &str, value: &Value) {
    if let Value::Object(members) = whole {
        members.entry(name).or_insert_with(|| value.clone());
    }
}
