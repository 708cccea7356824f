//! The memory of a hand-written component: values laid out as the canonical ABI of the component
//! model wants them.

use crate::support::hex;

/// Where the values begin; below lies nothing.
const BASE: u32 = 1024;

/// Values that have got an address.
#[derive(Default)]
pub(crate) struct Memory {
    bytes: Vec<u8>,
}

impl Memory {
    /// The bytes from `BASE` on, as the text of a WAT data segment.
    pub(crate) fn segment(&self) -> String {
        let bytes = self
            .bytes
            .iter()
            .fold(String::new(), |all, &byte| all + "\\" + &hex(&[byte]));
        format!("(data (i32.const {BASE}) \"{bytes}\")")
    }

    /// The first free address.
    pub(crate) fn end(&self) -> u32 {
        BASE + u32::try_from(self.bytes.len())
            .expect("a small memory")
            .next_multiple_of(16)
    }

    /// Stores 32-bit words: a record, a variant or the elements of a list.
    pub(crate) fn words(&mut self, words: &[u32]) -> u32 {
        self.align();
        let address = self.end_unaligned();
        self.bytes
            .extend(words.iter().flat_map(|word| word.to_le_bytes()));
        address
    }

    /// Stores a string: its two words.
    pub(crate) fn string(&mut self, text: &str) -> [u32; 2] {
        let address = self.end_unaligned();
        self.bytes.extend(text.as_bytes());
        [address, u32::try_from(text.len()).expect("a short string")]
    }

    /// Stores a list of strings: its two words.
    pub(crate) fn strings(&mut self, texts: &[String]) -> [u32; 2] {
        let words: Vec<_> = texts.iter().flat_map(|text| self.string(text)).collect();
        self.list(texts.len(), &words)
    }

    /// Stores a list whose elements have been laid out: its two words.
    pub(crate) fn list(&mut self, count: usize, words: &[u32]) -> [u32; 2] {
        [
            self.words(words),
            u32::try_from(count).expect("a short list"),
        ]
    }

    fn end_unaligned(&self) -> u32 {
        BASE + u32::try_from(self.bytes.len()).expect("a small memory")
    }

    fn align(&mut self) {
        let aligned = self.bytes.len().next_multiple_of(4);
        self.bytes.resize(aligned, 0);
    }
}
