//! What holds for every input, whoever made it up: no panic, errors that a client can read, and what is accepted is
//! understood alike wherever it is read again.

use std::sync::LazyLock;

use rolecall_scim::limits::MAX_FILTER_LENGTH;
use rolecall_scim::{
    BulkRequest, Error, Filter, ListRequest, MAX_COUNT, Meta, Object, PatchRequest, Projection,
    ResourceType, SchemaSet, ScimType, Sort, Strictness, patch as apply, read, render,
    take_members, validate,
};
use serde_json::{Value, json};

const BOTH: [Strictness; 2] = [Strictness::Strict, Strictness::Tolerant];
const ID: &str = "2819c223";

/// The standard schemas, and an extension with an attribute of every type.
static SCHEMAS: LazyLock<SchemaSet> = LazyLock::new(|| {
    let schema = json!({
        "id": "urn:example:params:scim:schemas:extension:acme:2.0:User",
        "name": "Acme",
        "attributes": [
            {"name": "badge", "type": "integer"},
            {"name": "quota", "type": "decimal"},
            {"name": "hiredAt", "type": "dateTime"},
            {"name": "tags", "multiValued": true},
            {"name": "origin", "mutability": "immutable"},
            {"name": "vip", "type": "boolean"},
        ],
    });
    let schema = serde_json::from_value(schema).expect("a schema");
    let set = SchemaSet::standard().with_extension(ResourceType::User, schema);
    set.expect("a new extension")
});

static USER: LazyLock<Object> = LazyLock::new(|| {
    stored(
        ResourceType::User,
        &json!({
            "userName": "Ada", "externalId": "7", "title": "T\u{e9}", "name": {"givenName": "G", "familyName": "F"},
            "emails": [{"value": "w", "type": "work", "primary": true}, {"value": "h", "type": "home"}],
            "roles": [{"value": "r1"}, {"value": "r2", "type": "x"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "D", "manager": {"value": "m"}},
            "urn:example:params:scim:schemas:extension:acme:2.0:User": {
                "badge": 7, "quota": 1.5, "hiredAt": "2011-05-13T04:42:34Z", "tags": ["a", "b"], "origin": "o", "vip": true,
            },
            "urn:x:y:1.0": {"k": "v", "list": [{"a": 1}, "b"]},
        }),
    )
});

static GROUP: LazyLock<Object> = LazyLock::new(|| {
    stored(
        ResourceType::Group,
        &json!({"displayName": "Sales", "externalId": "g"}),
    )
});

fn stored(kind: ResourceType, body: &Value) -> Object {
    let body = body.to_string();
    let read = read(&SCHEMAS, kind, Strictness::Tolerant, body.as_bytes());
    read.expect("a resource").resource
}

fn of(kind: ResourceType) -> &'static Object {
    match kind {
        ResourceType::User => &USER,
        ResourceType::Group => &GROUP,
    }
}

/// The client's fault, and it can read why.
fn refusal(error: &Error, keywords: &[ScimType]) {
    assert!((400..500).contains(&error.status), "{error}");
    assert!((1..2_000).contains(&error.detail.len()), "{error}");
    let known = error.scim_type.is_some_and(|it| keywords.contains(&it));
    assert!(keywords.is_empty() || known, "{error}");
}

/// A filter: what is printed is parsed to the same, `not` is the opposite, and tolerance changes nothing about what needs
/// none.
pub(crate) fn filter(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    for kind in ResourceType::ALL {
        let [strict, tolerant] =
            BOTH.map(|strictness| Filter::parse(&SCHEMAS, kind, strictness, text));
        if let Ok(strict) = &strict {
            assert_eq!(Some(strict), tolerant.as_ref().ok(), "{text}");
        }
        for (strictness, parsed) in BOTH.into_iter().zip([strict, tolerant]) {
            let filter = match parsed {
                Ok(filter) => filter,
                Err(error) => {
                    refusal(&error, &[ScimType::InvalidFilter]);
                    continue;
                }
            };
            let printed = filter.to_string();
            if printed.len() <= MAX_FILTER_LENGTH {
                let again = Filter::parse(&SCHEMAS, kind, strictness, &printed);
                assert_eq!(again.as_ref(), Ok(&filter), "{printed}");
                assert_eq!(again.map(|it| it.to_string()), Ok(printed));
            }
            let matches = filter.matches(of(kind));
            let opposite = format!("not ({text})");
            if let Ok(not) = Filter::parse(&SCHEMAS, kind, strictness, &opposite) {
                assert_ne!(not.matches(of(kind)), matches, "{text}");
            }
        }
    }
}

/// A path, as that of each operation.
pub(crate) fn path(input: &[u8]) {
    let Ok(path) = std::str::from_utf8(input) else {
        return;
    };
    for operation in [
        json!({"op": "remove", "path": path}),
        json!({"op": "add", "path": path, "value": "x"}),
        json!({"op": "replace", "path": path, "value": {"value": "x", "type": "work"}}),
    ] {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [operation],
        });
        patch(body.to_string().as_bytes());
    }
}

/// The body of a PATCH: the result is a resource, which is read back as it is, and says truly whether it changed.
pub(crate) fn patch(body: &[u8]) {
    for kind in ResourceType::ALL {
        for strictness in BOTH {
            let request = match PatchRequest::read(&SCHEMAS, kind, strictness, body) {
                Ok(request) => request,
                Err(error) => {
                    refusal(&error, &[]);
                    continue;
                }
            };
            let mut doc = of(kind).clone();
            let patched = match apply(&SCHEMAS, kind, ID, &mut doc, &request) {
                Ok(patched) => patched,
                Err(error) => {
                    refusal(&error, &[]);
                    continue;
                }
            };
            assert_eq!(patched.changed, doc != *of(kind));
            assert_eq!(validate(&SCHEMAS, kind, &doc), Ok(()));
            same_again(kind, &doc);
        }
    }
}

/// The body of a POST or PUT: read, rendered and read again, it is the same; and tolerance changes nothing about what needs
/// none.
pub(crate) fn resource(body: &[u8]) {
    for kind in ResourceType::ALL {
        let [strict, tolerant] = BOTH.map(|strictness| read(&SCHEMAS, kind, strictness, body));
        if let Ok(strict) = &strict {
            let tolerant = tolerant.as_ref().map(|it| &it.resource);
            assert_eq!(tolerant, Ok(&strict.resource));
        }
        for read in [strict, tolerant] {
            match read {
                Ok(read) => same_again(kind, &read.resource),
                Err(error) => refusal(&error, &[]),
            }
        }
    }
}

/// PUT∘GET is the identity.
fn same_again(kind: ResourceType, doc: &Object) {
    let meta = Meta {
        id: ID,
        version: 1,
        created_ms: 0,
        modified_ms: 0,
        location: "https://example.com/1",
    };
    let answer = Value::Object(render(kind, doc, &meta)).to_string();
    let again = read(&SCHEMAS, kind, Strictness::Tolerant, answer.as_bytes());
    let again = again.unwrap_or_else(|error| panic!("{error}: {answer}"));
    let (mut again, mut doc) = (again.resource, doc.clone());
    assert_eq!(take_members(&mut again), take_members(&mut doc));
    assert_eq!(
        Value::Object(again).to_string(),
        Value::Object(doc).to_string()
    );
}

/// The body of a `.search`: its parameters mean something within bounds, or are refused; and tolerance changes nothing about
/// what needs none.
pub(crate) fn search(body: &[u8]) {
    let [strict, tolerant] = BOTH.map(|strictness| ListRequest::from_search(strictness, body));
    if let Ok(strict) = &strict {
        assert_eq!(Some(strict), tolerant.as_ref().ok());
    }
    for (strictness, request) in BOTH.into_iter().zip([strict, tolerant]) {
        let request = match request {
            Ok(request) => request,
            Err(error) => {
                refusal(&error, &[]);
                continue;
            }
        };
        assert!(request.start_index >= 1 && request.count <= MAX_COUNT);
        assert!(request.cursor.is_none() || request.start_index == 1);
        for kind in ResourceType::ALL {
            if let Some(text) = &request.filter {
                let filter = Filter::read_at_root(&SCHEMAS, kind, strictness, text);
                match filter {
                    Ok((filter, _)) => {
                        let within = filter.modified_within();
                        // Nobody was changed beyond the bounds and matches all the same.
                        let meta = json!({"lastModified": "1970-01-01T00:00:00.000Z"});
                        let mut resource = of(kind).clone();
                        resource.insert("meta".to_owned(), meta);
                        let is_within = within.is_none_or(|within| within.contains(&0));
                        assert!(is_within || !filter.matches(&resource), "{text}");
                    }
                    Err(error) => refusal(&error, &[ScimType::InvalidFilter]),
                }
            }
            let (attributes, excluded) = (&request.attributes, &request.excluded_attributes);
            let projection =
                Projection::parse(&SCHEMAS, kind, attributes.as_deref(), excluded.as_deref());
            if let Err(error) = projection {
                refusal(&error, &[]);
            }
            if let Some(by) = &request.sort_by {
                match Sort::parse(&SCHEMAS, &[kind], strictness, by, request.sort_order) {
                    // A place is read back as the one it was, or a cursor would lead elsewhere.
                    Ok(sort) => {
                        let place = sort.place(of(kind));
                        let text = json!(place).to_string();
                        assert_eq!(serde_json::from_str(&text).ok(), Some(place), "{text}");
                    }
                    Err(error) => refusal(&error, &[]),
                }
            }
        }
    }
}

/// A bulk request: each operation has its place, and its answer.
pub(crate) fn bulk(body: &[u8]) {
    for strictness in BOTH {
        let request = match BulkRequest::read(strictness, body) {
            Ok(request) => request,
            Err(error) => {
                refusal(&error, &[]);
                continue;
            }
        };
        let mut order = request.order.clone();
        order.sort_unstable();
        assert!(order.into_iter().eq(0..request.operations.len()));
        let mut created = std::collections::HashMap::new();
        for index in request.order {
            let operation = &request.operations[index];
            match &operation.verb {
                Ok(verb) => {
                    let mut resolved = verb.clone();
                    match resolved.resolve(&created) {
                        Ok(()) => assert!(resolved.references().is_empty(), "{resolved:?}"),
                        Err(error) => refusal(&error, &[ScimType::InvalidValue]),
                    }
                }
                Err(error) => refusal(error, &[]),
            }
            if let Some(bulk_id) = &operation.bulk_id {
                created.insert(bulk_id.clone(), index.to_string());
            }
        }
    }
}
