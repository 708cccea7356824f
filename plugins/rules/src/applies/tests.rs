use serde_json::json;

use super::text_of;

#[test]
fn numbers_and_booleans_are_read_as_text() {
    assert_eq!(text_of(&json!(4711)).as_deref(), Some("4711"));
    assert_eq!(text_of(&json!(true)).as_deref(), Some("true"));
    assert_eq!(text_of(&json!(" x ")).as_deref(), Some("x"));
    for nothing in [json!(" "), json!(null), json!([1]), json!({})] {
        assert_eq!(text_of(&nothing), None, "{nothing}");
    }
}
