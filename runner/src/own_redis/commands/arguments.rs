//! The words after a command's name.

/// Words that are read one after the other.
pub struct Arguments<'a> {
    name: &'a str,
    words: &'a [Vec<u8>],
}

impl<'a> Arguments<'a> {
    /// The words after the name of a command.
    pub fn new(name: &'a str, words: &'a [Vec<u8>]) -> Self {
        Self { name, words }
    }

    /// The next word.
    ///
    /// Errors: there is none.
    pub fn next(&mut self) -> Result<&'a [u8], String> {
        let (first, rest) = self.words.split_first().ok_or_else(|| self.wrong_number())?;
        self.words = rest;
        Ok(first)
    }

    /// The next word as a whole number.
    ///
    /// Errors: there is none, or it is none.
    pub fn integer(&mut self) -> Result<i64, String> {
        integer(self.next()?)
    }

    /// All words that are left, at least one.
    ///
    /// Errors: there is none.
    pub fn rest(&mut self) -> Result<&'a [Vec<u8>], String> {
        if self.words.is_empty() {
            return Err(self.wrong_number());
        }
        Ok(std::mem::take(&mut self.words))
    }

    /// Whether no word is left.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// That no word is left.
    ///
    /// Errors: there are some.
    pub fn end(&self) -> Result<(), String> {
        match self.words.is_empty() {
            true => Ok(()),
            false => Err(self.wrong_number()),
        }
    }

    /// What all words that are left take, in bytes.
    pub fn bytes(&self) -> usize {
        self.words.iter().map(Vec::len).sum()
    }

    /// What Redis says of too many or too few words.
    fn wrong_number(&self) -> String {
        format!("ERR wrong number of arguments for '{}' command", self.name.to_ascii_lowercase())
    }
}

/// A whole number.
///
/// Errors: it is none.
pub fn integer(word: &[u8]) -> Result<i64, String> {
    let number = str::from_utf8(word).ok().and_then(|word| word.parse().ok());
    number.ok_or_else(|| "ERR value is not an integer or out of range".to_owned())
}

/// A number.
///
/// Errors: it is none.
pub fn float(word: &[u8]) -> Result<f64, String> {
    let number: Option<f64> = str::from_utf8(word).ok().and_then(|word| word.parse().ok());
    number.filter(|number| !number.is_nan()).ok_or_else(|| "ERR value is not a valid float".to_owned())
}
