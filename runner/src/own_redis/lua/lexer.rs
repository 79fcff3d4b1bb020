//! Words of a script.

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A name or a keyword.
    Word(String),
    /// A number.
    Number(f64),
    /// A text.
    Text(Vec<u8>),
    /// Operators and brackets.
    Symbol(&'static str),
}

/// Longer ones first.
const SYMBOLS: [&str; 26] = [
    "..", "==", "~=", "<=", ">=", "<", ">", "=", "+", "-", "*", "/", "%", "^", "#", "(", ")", "{", "}", "[", "]", ";",
    ":", ",", ".", "!",
];

/// The words of a script, each with its line.
///
/// Errors: what is no word.
pub fn tokens(text: &[u8]) -> Result<Vec<(Token, usize)>, String> {
    let mut lexer = Lexer { text, line: 1 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next()? {
        tokens.push((token, lexer.line));
    }
    Ok(tokens)
}

struct Lexer<'a> {
    text: &'a [u8],
    line: usize,
}

impl Lexer<'_> {
    fn take(&mut self, count: usize) -> Vec<u8> {
        let (taken, rest) = self.text.split_at(count.min(self.text.len()));
        self.line += taken.iter().filter(|byte| **byte == b'\n').count();
        self.text = rest;
        taken.to_vec()
    }

    fn take_while(&mut self, fits: impl Fn(u8) -> bool) -> String {
        let count = self.text.iter().take_while(|byte| fits(**byte)).count();
        String::from_utf8_lossy(&self.take(count)).into_owned()
    }

    fn next(&mut self) -> Result<Option<Token>, String> {
        self.skip_blanks()?;
        let Some(first) = self.text.first().copied() else { return Ok(None) };
        if first.is_ascii_alphabetic() || first == b'_' {
            return Ok(Some(Token::Word(self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))));
        }
        if first.is_ascii_digit() {
            return self.number().map(Some);
        }
        if matches!(first, b'\'' | b'"') {
            return self.quoted(first).map(|text| Some(Token::Text(text)));
        }
        if let Some(text) = self.long_text()? {
            return Ok(Some(Token::Text(text)));
        }
        let symbol = SYMBOLS.into_iter().find(|symbol| self.text.starts_with(symbol.as_bytes()));
        let symbol = symbol.ok_or_else(|| format!("line {}: unexpected symbol", self.line))?;
        self.take(symbol.len());
        Ok(Some(Token::Symbol(symbol)))
    }

    fn skip_blanks(&mut self) -> Result<(), String> {
        loop {
            self.take_while(|byte| byte.is_ascii_whitespace());
            if !self.text.starts_with(b"--") {
                return Ok(());
            }
            self.take(2);
            if self.long_text()?.is_none() {
                self.take_while(|byte| byte != b'\n');
            }
        }
    }

    fn number(&mut self) -> Result<Token, String> {
        let text = self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        let hexadecimal =
            text.strip_prefix("0x").map(|digits| u64::from_str_radix(digits, 16).map(|number| number as f64));
        let number = match hexadecimal {
            Some(number) => number.ok(),
            None => text.parse().ok(),
        };
        number.map(Token::Number).ok_or_else(|| format!("line {}: malformed number", self.line))
    }

    /// `[[text]]`
    fn long_text(&mut self) -> Result<Option<Vec<u8>>, String> {
        if !self.text.starts_with(b"[[") {
            return Ok(None);
        }
        self.take(2);
        let end = self.text.windows(2).position(|pair| pair == b"]]");
        let text = end.map(|end| self.take(end)).ok_or_else(|| format!("line {}: unfinished text", self.line))?;
        self.take(2);
        Ok(Some(text.strip_prefix(b"\n").map_or_else(|| text.clone(), <[u8]>::to_vec)))
    }

    fn quoted(&mut self, quote: u8) -> Result<Vec<u8>, String> {
        self.take(1);
        let mut text = Vec::new();
        loop {
            match self.take(1).first().copied() {
                Some(byte) if byte == quote => return Ok(text),
                Some(b'\\') => text.push(match self.take(1).first().copied() {
                    Some(b'n') => b'\n',
                    Some(b'r') => b'\r',
                    Some(b't') => b'\t',
                    Some(byte @ (b'\\' | b'"' | b'\'')) => byte,
                    _ => return Err(format!("line {}: unknown escape", self.line)),
                }),
                Some(byte) if byte != b'\n' => text.push(byte),
                _ => return Err(format!("line {}: unfinished text", self.line)),
            }
        }
    }
}
