//! Names as people read them.
//!
//! Two names are the same when a person reading them aloud would say so: whatever Unicode form the
//! identity provider sends (`é` as one code point or two), whichever dash somebody's keyboard made,
//! however many spaces came along.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// The name as it should be shown and taken apart: NFKC, every dash a `-`, runs of white space one
/// space, none at the ends, nothing invisible. Keeps upper and lower case.
pub(crate) fn tidy(name: &str) -> Cow<'_, str> {
    if is_tidy_ascii(name) {
        return Cow::Borrowed(name);
    }
    let mut tidied = collapse(name);
    tidied.truncate(tidied.trim_end().len());
    let leading = tidied.len() - tidied.trim_start().len();
    tidied.drain(..leading);
    Cow::Owned(tidied)
}

/// What equal names have in common: [`tidy`] without the difference of case.
pub(crate) fn fold(name: &str) -> String {
    fold_tidy(&tidy(name))
}

/// [`fold`] of a name that is tidy already.
pub(crate) fn fold_tidy(tidied: &str) -> String {
    if tidied.is_ascii() {
        return tidied.to_ascii_lowercase();
    }
    tidied.chars().flat_map(fold_char).collect()
}

/// [`tidy`] of a piece of a name: white space at its ends separates it from its neighbours, so it
/// stays.
pub(crate) fn collapse(piece: &str) -> String {
    let mut tidied = String::with_capacity(piece.len());
    let mut put = |c: char| {
        if c.is_whitespace() {
            if !tidied.ends_with(' ') {
                tidied.push(' ');
            }
        } else if is_dash(c) {
            tidied.push('-');
        } else if !is_invisible(c) {
            tidied.push(c);
        }
    };
    if is_nfkc_quick(piece.chars()) == IsNormalized::Yes {
        piece.chars().for_each(&mut put);
    } else {
        piece.nfkc().for_each(&mut put);
    }
    tidied
}

/// What is left of a tidy `text` after `literal`, which is folded; `None` if it begins otherwise.
pub(crate) fn strip_folded<'t>(text: &'t str, literal: &str) -> Option<&'t str> {
    if let Some((start, rest)) = text.split_at_checked(literal.len())
        && start.is_ascii()
    {
        return start.eq_ignore_ascii_case(literal).then_some(rest);
    }
    let mut wanted = literal.chars().peekable();
    let mut rest = text.chars();
    while wanted.peek().is_some() {
        for folded in fold_char(rest.next()?) {
            if wanted.next() != Some(folded) {
                return None;
            }
        }
    }
    Some(rest.as_str())
}

fn fold_char(c: char) -> impl Iterator<Item = char> {
    // Lower case sigma has a second form for the end of a word; capital sigma does not say which.
    c.to_lowercase().map(|c| if c == 'ς' { 'σ' } else { c })
}

fn is_tidy_ascii(name: &str) -> bool {
    let mut previous = b' ';
    for &byte in name.as_bytes() {
        if !(b' '..0x7f).contains(&byte) || (byte == b' ' && previous == b' ') {
            return false;
        }
        previous = byte;
    }
    name.is_empty() || previous != b' '
}

fn is_dash(c: char) -> bool {
    matches!(
        c,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2E3A}' | '\u{2E3B}'
    )
}

/// Soft hyphen, zero-width space and joiners, direction marks, byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}'
    )
}

#[cfg(test)]
mod tests;
