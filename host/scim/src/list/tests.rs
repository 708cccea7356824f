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
    let response = list_response(7, 3, vec![Object::new(), Object::new()]);
    assert_eq!(response["totalResults"], 7);
    assert_eq!(response["startIndex"], 3);
    assert_eq!(response["itemsPerPage"], 2);
    assert_eq!(response["Resources"].as_array().map(Vec::len), Some(2));
    assert_eq!(list_response(0, 1, Vec::new())["Resources"], json!([]));
}
