//! What a receiver says, made harmless: it is shown to people.

use baton_core::text::is_unseen;

/// How much of an answer is kept, in characters (contract, "Webhooks").
const CHARACTERS_MAX: usize = 1_000;

/// How much of it is read for that, in bytes: no character takes more than four.
pub const BYTES_MAX: usize = 4 * CHARACTERS_MAX;

/// The beginning of an answer: text in UTF-8, in which what can't be read or seen stands as U+FFFD.
pub fn beginning(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(BYTES_MAX)]);
    let shown = |c: char| if is_unseen(c) && !matches!(c, '\n' | '\t') { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().take(CHARACTERS_MAX).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_short_and_harmless() {
        assert_eq!(beginning(b"ok\n\tthen"), "ok\n\tthen");
        assert_eq!(beginning(b"a\x00b\x1b[31m\xff\r"), "a\u{fffd}b\u{fffd}[31m\u{fffd}\u{fffd}");
        assert_eq!(beginning("x\u{202e}y".as_bytes()), "x\u{fffd}y");
        let wide = "\u{1f600}".repeat(2_000);
        assert_eq!(beginning(wide.as_bytes()).chars().count(), 1_000);
        assert_eq!(beginning(&[b'x'; 10_000]).len(), 1_000);
    }
}
