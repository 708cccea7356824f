//! Bounds on what a client may send, so that no request costs more than its size suggests.
//!
//! The size of the body itself is checked where it is read, by the HTTP server.

/// Largest body, in bytes: a group of 10,000 members and more, or a bulk request of 1,000 usual users.
pub const MAX_BODY: usize = 4 << 20;
/// Longest filter or path, in bytes.
pub const MAX_FILTER_LENGTH: usize = 16 * 1024;
/// Deepest nesting of parentheses, brackets and `not` in a filter.
pub const MAX_FILTER_DEPTH: usize = 32;
/// Most comparisons in a filter.
pub const MAX_FILTER_TERMS: usize = 256;
/// Deepest nesting of arrays and objects in a body.
pub const MAX_JSON_DEPTH: usize = 32;
/// Longest string in a body, in bytes.
pub const MAX_STRING_LENGTH: usize = 64 * 1024;
/// Longest `userName`, `displayName` of a group, `externalId` and `emails.value`, in bytes, as sent and as compared:
/// they are looked up, and an index takes no longer keys.
pub const MAX_KEY_LENGTH: usize = 1024;
/// Most values in a body, those that hold others included: each takes many times the memory of its text.
pub const MAX_JSON_VALUES: usize = 250_000;
/// Longest URN of a declared schema, in bytes.
pub const MAX_URN_LENGTH: usize = 255;
/// Longest name of a declared attribute, in bytes.
pub const MAX_SCHEMA_NAME_LENGTH: usize = 100;
/// Longest description of a declared schema or attribute, in bytes.
pub const MAX_DESCRIPTION_LENGTH: usize = 1_000;
/// Most attributes of a declared schema, and most parts of one of them.
pub const MAX_SCHEMA_ATTRIBUTES: usize = 100;
/// Most canonical values of a declared attribute.
pub const MAX_CANONICAL_VALUES: usize = 200;
/// Longest canonical value of a declared attribute, in bytes.
pub const MAX_CANONICAL_VALUE_LENGTH: usize = 200;
/// Most members of one JSON object.
pub const MAX_ATTRIBUTES: usize = 256;
/// Most values of a multi-valued attribute; the members of a group are not bounded by it.
pub const MAX_VALUES: usize = 1_000;
/// Most operations in a bulk request.
pub const MAX_BULK_OPERATIONS: usize = 1_000;
/// Characters of a string that sorting looks at.
pub const MAX_SORT_KEY: usize = 256;
/// Most operations in a PATCH.
pub const MAX_OPERATIONS: usize = 20_000;
/// Most comparisons with stored values that the operations of one PATCH may need, all together.
pub const MAX_PATCH_STEPS: usize = 5_000_000;
/// Most comparisons with every member of a group that the operations of one PATCH may need, all together.
pub const MAX_MEMBER_TERMS: usize = 64;
/// Most of these comparisons with the members of one group, all together: all terms, for a group of 100,000.
pub const MAX_MEMBER_STEPS: usize = MAX_MEMBER_TERMS * 100_000;
/// Most names in `attributes` or `excludedAttributes`.
pub const MAX_CHOSEN: usize = 256;
