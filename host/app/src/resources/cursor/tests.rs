use rolecall_scim::{SchemaSet, ScimType, SortOrder, Strictness};

use super::*;

fn request(filter: Option<&str>) -> ListRequest {
    ListRequest {
        filter: filter.map(str::to_owned),
        ..ListRequest::default()
    }
}

fn cursors(filter: Option<&str>) -> Cursors {
    Cursors::of(
        "c1",
        &[ResourceType::User],
        &request(filter),
        &Sort::default(),
    )
}

fn refusal(cursors: &Cursors, cursor: &str) -> Option<ScimType> {
    cursors.read(cursor).unwrap_err().scim_type
}

#[test]
fn a_cursor_is_the_place_it_was_made_of() {
    let places = [
        Place::by_id("0192".to_owned()),
        Place::by_text("ada@x.example \u{e9}".to_owned(), "0192".to_owned()),
    ];
    for place in places {
        let cursor = cursors(None).write(&place);
        // RFC 9865 §2: unreserved characters only.
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        assert!(cursor.chars().all(unreserved), "{cursor}");
        assert_eq!(cursors(None).read(&cursor).unwrap(), Some(place));
    }
    assert_eq!(cursors(None).read("").unwrap(), None);
}

#[test]
fn a_cursor_opens_no_other_query() {
    let cursor = cursors(None).write(&Place::by_id("0192".to_owned()));
    let schemas = SchemaSet::standard();
    let sort = |by, order| {
        Sort::parse(
            schemas,
            &[ResourceType::User],
            Strictness::Strict,
            by,
            order,
        )
        .unwrap()
    };
    let of = |connection, kinds: &[ResourceType], sort: &Sort| {
        Cursors::of(connection, kinds, &request(None), sort)
    };
    let users = [ResourceType::User];
    let others = [
        cursors(Some("userName pr")),
        of("c2", &users, &Sort::default()),
        of("c1", &[ResourceType::Group], &Sort::default()),
        of("c1", &ResourceType::ALL, &Sort::default()),
        of("c1", &users, &sort("userName", SortOrder::Ascending)),
        of("c1", &users, &sort("id", SortOrder::Descending)),
    ];
    for other in others {
        assert_eq!(refusal(&other, &cursor), Some(ScimType::InvalidCursor));
    }
}

#[test]
fn what_is_no_cursor_is_refused() {
    let mut bytes = URL_SAFE_NO_PAD
        .decode(cursors(None).write(&Place::by_id("0192".to_owned())))
        .unwrap();
    let cut = URL_SAFE_NO_PAD.encode(&bytes[..bytes.len() - 1]);
    for text in [
        "x",
        "cmMC",
        "cmMCAAAA",
        "nonsense",
        "not a cursor",
        cut.as_str(),
    ] {
        assert_eq!(
            refusal(&cursors(None), text),
            Some(ScimType::InvalidCursor),
            "{text}"
        );
    }
    bytes[MARK.len()] = VERSION - 1;
    let older = URL_SAFE_NO_PAD.encode(&bytes);
    assert_eq!(
        refusal(&cursors(None), &older),
        Some(ScimType::ExpiredCursor)
    );
}
