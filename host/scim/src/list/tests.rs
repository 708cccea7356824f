use super::*;
use crate::ScimType;

fn query(pairs: &[(&str, &str)]) -> Result<ListRequest, Error> {
    ListRequest::from_query(pairs.iter().copied())
}

#[test]
fn n15_empty_and_unknown_parameters_are_ignored() {
    let request = query(&[
        ("", ""),
        ("aadOptscim062020", ""),
        ("filter", ""),
        ("foo", "bar"),
    ]);
    assert_eq!(request.unwrap(), ListRequest::default());
}

#[test]
fn rfc7644_3_4_2_4_what_is_out_of_range_is_its_end() {
    let request = query(&[("startIndex", "0"), ("count", "-1")]).unwrap();
    assert_eq!((request.start_index, request.count), (1, 0));
    let request = query(&[("STARTINDEX", "-7"), ("Count", "1000000")]).unwrap();
    assert_eq!((request.start_index, request.count), (1, MAX_COUNT));
}

#[test]
fn wrong_numbers_are_named() {
    for (name, value) in [
        ("startIndex", "one"),
        ("count", "1.5"),
        ("count", "99999999999999999999"),
    ] {
        let error = query(&[(name, value)]).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
        assert!(error.detail.contains(name), "{error}");
    }
}

#[test]
fn rfc7644_3_4_2_3_sorting_is_read() {
    let request = query(&[("sortBy", "userName"), ("sortOrder", "Descending")]).unwrap();
    assert_eq!(request.sort_by.as_deref(), Some("userName"));
    assert_eq!(request.sort_order, SortOrder::Descending);
    assert!(query(&[("sortOrder", "sideways")]).is_err());
}

#[test]
fn rfc7644_3_4_2_items_per_page_is_what_is_there() {
    let index = |total, start_index| Paging::Index { total, start_index };
    let response = list_response(index(7, 3), vec![Object::new(), Object::new()]);
    assert_eq!(response["totalResults"], 7);
    assert_eq!(response["startIndex"], 3);
    assert_eq!(response["itemsPerPage"], 2);
    assert_eq!(response["Resources"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        list_response(index(0, 1), Vec::new())["Resources"],
        json!([])
    );
}

#[test]
fn rfc9865_2_a_cursor_asks_for_pages_by_cursor() {
    assert_eq!(query(&[("count", "5")]).unwrap().cursor, None);
    let first = query(&[("cursor", ""), ("count", "5")]).unwrap();
    assert_eq!((first.cursor.as_deref(), first.count), (Some(""), 5));
    let next = query(&[("Cursor", "VZUTiyhEQJ94IR"), ("count", "1000000")]).unwrap();
    assert_eq!(
        (next.cursor.as_deref(), next.count),
        (Some("VZUTiyhEQJ94IR"), MAX_COUNT)
    );
    for count in ["0", "-1", "ten", "1.5"] {
        let error = query(&[("count", count), ("cursor", "")]).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidCount), "{count}");
        assert!(error.detail.contains("200"), "{error}");
    }
    let both = query(&[("startIndex", "1"), ("cursor", "")]).unwrap_err();
    assert!(both.detail.contains("startIndex"), "{both}");
}

#[test]
fn rfc9865_2_a_page_by_cursor_has_no_index() {
    let page = |total, next: Option<&str>| {
        let next = next.map(str::to_owned);
        list_response(Paging::Cursor { total, next }, vec![Object::new()])
    };
    let middle = page(None, Some("abc"));
    assert_eq!(middle["nextCursor"], "abc");
    assert_eq!(middle["itemsPerPage"], 1);
    assert!(middle.get("startIndex").is_none() && middle.get("totalResults").is_none());
    let only = page(Some(1), None);
    assert_eq!(only["totalResults"], 1);
    assert!(only.get("nextCursor").is_none());
}
