use rolecall_scim::ScimType;

use super::*;

#[test]
fn paging_by_index_ends_somewhere_and_says_how_to_go_on() {
    assert!(reachable(SKIP).is_ok());
    let error = reachable(SKIP + 1).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::TooMany));
    assert!(
        error.detail.contains("startIndex") && error.detail.contains("cursor"),
        "{error}"
    );
}
