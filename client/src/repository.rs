//! Files of git repositories whose locks Baton keeps ("Git LFS" of the contract).

use sha2::{Digest, Sha256};

/// How long a part number is at most, in characters.
const PART_NUMBER_MAX: usize = 128;

/// How many bytes of the SHA-256 of repository and path a part number carries.
const DIGEST_BYTES: usize = 16;

/// The part number of a file, as the server has it (`core/src/repository.rs`): it stands in databases, and never changes.
pub fn part_number(repository: &str, path: &str) -> String {
    let digest = Sha256::new().chain_update(repository).chain_update([0]).chain_update(path).finalize();
    let digest: String = digest.iter().take(DIGEST_BYTES).map(|byte| format!("{byte:02x}")).collect();
    let readable: Vec<char> = path.chars().map(readable).collect();
    let room = PART_NUMBER_MAX.saturating_sub(repository.len() + digest.len() + 2);
    let end: String = readable[readable.len().saturating_sub(room)..].iter().collect();
    format!("{repository}~{end}~{digest}")
}

fn readable(character: char) -> char {
    match character {
        '/' => '~',
        '.' | '-' => character,
        character if character.is_ascii_alphanumeric() => character,
        _ => '_',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_part_number_that_the_server_gives_it() {
        let number = part_number("cad", "parts/left flange.step");
        assert_eq!(number, "cad~parts~left_flange.step~942fb9fc622e28b130fe8775890b7d31");
        assert_eq!(part_number("cad", &"x".repeat(1000)).len(), PART_NUMBER_MAX);
    }
}
