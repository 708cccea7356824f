use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::testing::{ACME, Group, Strict, Tolerant, User, enterprise, extended, object};
use crate::{ScimType, SortOrder};

fn sort(by: &str, order: SortOrder) -> Sort {
    Sort::parse(&extended(), &[User], Tolerant, by, order).unwrap()
}

/// The ids of the resources in their order, ids being those of their places in the list.
fn sorted(by: &str, order: SortOrder, resources: &[Value]) -> Vec<String> {
    let sort = sort(by, order);
    let mut places: Vec<Place> = resources
        .iter()
        .enumerate()
        .map(|(index, resource)| {
            let mut resource = object(resource.clone());
            resource.insert("id".to_owned(), json!(index.to_string()));
            sort.place(&resource)
        })
        .collect();
    places.sort_by(|a, b| sort.compare(a, b));
    places.iter().map(|place| place.id().to_owned()).collect()
}

#[test]
fn rfc7644_3_4_2_3_without_a_value_is_last_and_in_descending_order_first() {
    let people = [
        json!({"title": "b"}),
        json!({}),
        json!({"title": "a"}),
        json!({"title": "a"}),
    ];
    assert_eq!(
        sorted("title", SortOrder::Ascending, &people),
        ["2", "3", "0", "1"]
    );
    assert_eq!(
        sorted("title", SortOrder::Descending, &people),
        ["1", "0", "3", "2"]
    );
}

#[test]
fn rfc7644_3_4_2_3_case_counts_where_the_schema_says_so() {
    let names = [
        json!({"userName": "b", "externalId": "b"}),
        json!({"userName": "A", "externalId": "a"}),
        json!({"userName": "C", "externalId": "B"}),
    ];
    assert_eq!(
        sorted("USERNAME", SortOrder::Ascending, &names),
        ["1", "0", "2"]
    );
    assert_eq!(
        sorted("externalId", SortOrder::Ascending, &names),
        ["2", "1", "0"]
    );
}

#[test]
fn rfc7644_3_4_2_3_the_primary_value_counts_or_else_the_first() {
    let people = [
        json!({"emails": [{"value": "a@x", "type": "work"}, {"value": "z@x", "type": "home", "primary": true}]}),
        json!({"emails": [{"value": "b@x", "type": "other"}, {"value": "a@x"}]}),
        json!({"emails": [{"value": "c@x", "primary": false}]}),
    ];
    for by in ["emails", "emails.value"] {
        assert_eq!(
            sorted(by, SortOrder::Ascending, &people),
            ["1", "2", "0"],
            "{by}"
        );
    }
    assert_eq!(
        sorted("emails.type", SortOrder::Ascending, &people),
        ["0", "1", "2"]
    );
}

#[test]
fn values_compare_by_their_type() {
    let urn = |members: Value| json!({ (ACME): members });
    let cases = [
        ("badge", [json!(10), json!(9), json!(-1)]),
        (
            "quota",
            [json!(9_007_199_254_740_993_i64), json!(2.5), json!(-0.5)],
        ),
        ("vip", [json!(true), json!(false), json!(null)]),
        (
            "hiredAt",
            [
                json!("2026-01-01T01:00:00Z"),
                json!("2026-01-01T02:30:00+02:00"),
                json!("2025-12-31T23:00:00Z"),
            ],
        ),
    ];
    for (name, values) in cases {
        let people = values.map(|value| urn(json!({ (name): value })));
        let expected = if name == "vip" {
            ["1", "0", "2"]
        } else {
            ["2", "1", "0"]
        };
        let path = format!("{ACME}:{name}");
        assert_eq!(
            sorted(&path, SortOrder::Ascending, &people),
            expected,
            "{name}"
        );
    }
    let departments =
        ["Sales", "R&D"].map(|it| json!({ (crate::schema::ENTERPRISE_USER): {"department": it} }));
    assert_eq!(
        sorted(
            &enterprise("department"),
            SortOrder::Ascending,
            &departments
        ),
        ["1", "0"]
    );
    assert_eq!(
        sorted("department", SortOrder::Ascending, &departments),
        ["1", "0"]
    );
}

#[test]
fn what_cant_be_sorted_by_is_named() {
    for by in ["shoeSize", "name", "password", "name.nick", ACME, ""] {
        let error =
            Sort::parse(&extended(), &[User], Tolerant, by, SortOrder::Ascending).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue), "{by}");
        assert!(error.detail.contains("sortBy"), "{error}");
    }
    let bare = Sort::parse(
        &extended(),
        &[User],
        Strict,
        "department",
        SortOrder::Ascending,
    );
    assert!(bare.is_err());
}

#[test]
fn rfc7644_3_4_2_1_at_the_root_an_attribute_of_any_type_will_do() {
    let by = |name| {
        Sort::parse(
            &extended(),
            &[User, Group],
            Strict,
            name,
            SortOrder::Ascending,
        )
    };
    let user_name = by("userName").unwrap();
    let group = object(json!({"id": "g", "displayName": "A"}));
    let user = object(json!({"id": "u", "userName": "z"}));
    let (group, user) = (user_name.place(&group), user_name.place(&user));
    assert!(user_name.compare(&user, &group).is_lt());
    assert!(by("members").is_ok());
    assert!(by("shoeSize").is_err());
}

#[test]
fn the_id_is_the_default_order() {
    let by_id = sort("id", SortOrder::Ascending);
    assert_eq!(by_id, Sort::default());
    assert_eq!(by_id.attribute(), None);
    let user = object(json!({"id": "u", "userName": "z"}));
    assert_eq!(by_id.place(&user), Place::by_id("u".to_owned()));
}

#[test]
fn long_strings_make_short_keys() {
    let long = object(json!({"id": "u", "title": "é".repeat(10_000)}));
    let place = sort("title", SortOrder::Ascending).place(&long);
    assert_eq!(place.text().unwrap().chars().count(), MAX_SORT_KEY);
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-cA-C]{0,2}".prop_map(Value::from),
        proptest::collection::vec("[ab]".prop_map(Value::from), 0..3).prop_map(Value::Array),
    ]
}

proptest! {
    /// Whatever the values are: an attribute that nobody declared may hold any.
    #[test]
    fn the_order_is_total_and_descending_its_mirror(values in proptest::collection::vec(anything(), 0..12), turn in 0_usize..12) {
        let urn = "urn:ietf:params:scim:schemas:extension:other:2.0:User";
        let ascending = sort(&format!("{urn}:x"), SortOrder::Ascending);
        let descending = sort(&format!("{urn}:x"), SortOrder::Descending);
        let mut places: Vec<Place> = values
            .iter()
            .enumerate()
            .map(|(id, value)| ascending.place(&object(json!({"id": format!("{id:02}"), (urn): {"x": value}}))))
            .collect();
        let mut turned = places.clone();
        turned.rotate_left(turn.min(values.len()));
        places.sort_by(|a, b| ascending.compare(a, b));
        turned.sort_by(|a, b| ascending.compare(a, b));
        prop_assert_eq!(&places, &turned);
        for pair in places.windows(2) {
            prop_assert!(ascending.compare(&pair[0], &pair[1]).is_lt());
        }
        let mut mirror = places.clone();
        mirror.sort_by(|a, b| descending.compare(a, b));
        mirror.reverse();
        prop_assert_eq!(&places, &mirror);
        // A place that was written down, as in a cursor, is the same place.
        for place in places {
            let text = serde_json::to_string(&place).unwrap();
            prop_assert_eq!(serde_json::from_str::<Place>(&text).unwrap(), place);
        }
    }
}
