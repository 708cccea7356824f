//! Instructions and fields that attacks are made of.

/// Runs for ever.
pub(crate) const SPIN: &str = "(loop $again (br $again))";
/// Takes memory until there is no more.
pub(crate) const GROW: &str =
    "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))";
/// Dies.
pub(crate) const TRAP: &str = "unreachable";
/// Calls itself without end; needs [`DEEPER`].
pub(crate) const RECURSE: &str = "(drop (call $deeper (i64.const 0)))";
/// The function behind [`RECURSE`].
pub(crate) const DEEPER: &str = "(func $deeper (param i64) (result i64)
    (i64.add (call $deeper (i64.add (local.get 0) (i64.const 1))) (local.get 0)))";

/// The four of them, by name.
pub(crate) const ENDS: [(&str, &str); 4] = [
    ("an endless loop", SPIN),
    ("endless recursion", RECURSE),
    ("endless memory", GROW),
    ("a trap", TRAP),
];

/// Page 16, the first that a guest has to grow its memory for.
pub(crate) const FRESH: usize = 16 << 16;

/// Something for each of many, one behind the other.
pub(crate) fn each<T>(many: impl IntoIterator<Item = T>, text: impl FnMut(T) -> String) -> String {
    many.into_iter().map(text).collect::<Vec<_>>().concat()
}

/// Grows the memory by so many pages.
pub(crate) fn grow(pages: usize) -> String {
    format!("(drop (memory.grow (i32.const {pages})))")
}

/// Fills memory with a byte.
pub(crate) fn fill(at: usize, byte: u8, bytes: usize) -> String {
    format!("(memory.fill (i32.const {at}) (i32.const {byte}) (i32.const {bytes}))")
}

/// Puts a text into memory, byte by byte.
pub(crate) fn write(at: usize, text: &str) -> String {
    each(text.bytes().enumerate(), |(place, byte)| {
        format!("(i32.store8 (i32.const {}) (i32.const {byte}))", at + place)
    })
}

/// A data segment below everything else: from 512 to 1024 nothing lies.
pub(crate) fn data(at: usize, bytes: &[u8]) -> String {
    assert!(
        (512..=1024 - bytes.len()).contains(&at),
        "room for {bytes:?}"
    );
    let text = each(bytes, |byte| format!("\\{byte:02x}"));
    format!("(data (i32.const {at}) \"{text}\")")
}

/// Words in such a segment.
pub(crate) fn words(at: usize, words: &[u32]) -> String {
    let bytes: Vec<_> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    data(at, &bytes)
}

/// Says a text that lies in memory, at level `warn`, which has to lie at 1020: see [`WARN`].
pub(crate) fn log(at: usize, bytes: usize) -> String {
    format!("(call $log (i32.const 1020) (i32.const 4) (i32.const {at}) (i32.const {bytes}))")
}

/// The name of the level that [`log`] uses.
pub(crate) fn warn() -> String {
    data(1020, b"warn")
}

/// Does something so many times; `$left` counts.
pub(crate) fn times(count: usize, instructions: &str) -> String {
    format!(
        "(local.set $left (i64.const {count}))
         (loop $again {instructions}
           (local.set $left (i64.sub (local.get $left) (i64.const 1)))
           (br_if $again (i64.gt_s (local.get $left) (i64.const 0))))"
    )
}
