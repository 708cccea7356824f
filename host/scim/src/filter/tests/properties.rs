//! For every filter there is: parsing what is printed gives the same filter.

use proptest::prelude::*;

use crate::schema::ENTERPRISE_USER;
use crate::testing::{ACME, filter};
use crate::{Object, fold};

fn string() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 \"\\\\()\\[\\]@.é\u{1}]{0,8}"
        .prop_map(|text| serde_json::Value::from(text).to_string())
}

fn comparison() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        Just("userName".to_owned()),
        Just("name.givenName".to_owned()),
        Just("emails".to_owned()),
        Just("externalId".to_owned()),
        Just("manager".to_owned()),
        Just(format!("{ENTERPRISE_USER}:department")),
        Just("urn:x:y:1.0:z".to_owned()),
    ];
    let operator = prop_oneof!["eq", "ne", "co", "sw", "ew", "gt", "le"];
    let number = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| format!("{n:?}"))
    ];
    let finite = number.prop_filter("JSON has no such number", |n| {
        !n.contains("NaN") && !n.contains("inf")
    });
    prop_oneof![
        (text.clone(), operator, string())
            .prop_map(|(path, op, value)| format!("{path} {op} {value}")),
        finite.prop_map(|number| format!("{ACME}:quota ge {number}")),
        any::<bool>().prop_map(|value| format!("active eq {value}")),
        text.prop_map(|path| format!("{path} pr")),
        Just("title eq null".to_owned()),
        string().prop_map(|value| format!("emails[type eq {value} or not (primary eq true)]")),
    ]
}

fn any_filter() -> impl Strategy<Value = String> {
    comparison().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} or {b}")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

proptest! {
    #[test]
    fn parsing_what_is_printed_is_the_identity(text in any_filter()) {
        let parsed = filter(&text).unwrap();
        let printed = parsed.to_string();
        let again = filter(&printed).unwrap();
        prop_assert_eq!(&again, &parsed, "{}", printed);
        prop_assert_eq!(again.to_string(), printed);
    }

    #[test]
    fn no_text_panics(text in "[a-z\"\\\\()\\[\\]. é]{0,40}") {
        if let Ok(parsed) = filter(&text) {
            parsed.matches(&Object::new());
        }
    }

    #[test]
    fn not_is_the_opposite(text in any_filter(), title in "[a-c]{0,2}", name in "[a-cA-C]{1,2}") {
        let user = Object::from_iter([
            ("title".to_owned(), title.into()),
            ("userName".to_owned(), name.into()),
        ]);
        let matches = filter(&text).unwrap().matches(&user);
        prop_assert_eq!(filter(&format!("not ({text})")).unwrap().matches(&user), !matches);
    }

    #[test]
    fn equality_of_folded_attributes_is_equality_of_keys(left in "\\PC{1,6}", right in "\\PC{1,6}") {
        let text = format!("userName eq {}", serde_json::Value::from(right.as_str()));
        let user = Object::from_iter([("userName".to_owned(), left.as_str().into())]);
        prop_assert_eq!(filter(&text).unwrap().matches(&user), fold(&left) == fold(&right));
    }
}
