#![no_main]

#[path = "../laws.rs"]
#[expect(dead_code, reason = "one law of six")]
mod laws;

libfuzzer_sys::fuzz_target!(|input: &[u8]| laws::path(input));
