//! Code that costs its compiler far more than its author.

/// Bytes of one function, about half of what an upload may have.
const LARGE: usize = 240 << 10;

/// A function of this instruction again and again.
fn function(instruction: &str, bytes_each: usize) -> String {
    let body = instruction.repeat(LARGE / bytes_each);
    format!("(func (param i32) (result i32) (local i32) {body} (local.get 0))")
}

/// Thousands of loops: some twenty seconds of CPU time.
pub(super) fn slow() -> String {
    function("(loop (br_if 0 (local.get 0)))", 7)
}

/// Thousands of branches: some hundred MiB of memory.
pub(super) fn large() -> String {
    let branch = "(if (local.get 0) (then (local.set 1 (i32.load (local.get 0)))))";
    function(branch, 12)
}
