//! From words to statements.

use super::lexer::{Token, tokens};
use super::syntax::{Binary, Block, Expression, Statement, Unary};

/// How deep a script may be nested.
const DEPTH_MAX: usize = 64;

/// How many operators, or calls and keys, may follow each other.
const CHAIN_MAX: usize = 256;

const TOO_LONG: &str = "an expression is too long";

const KEYWORDS: [&str; 21] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or",
    "repeat", "return", "then", "true", "until", "while",
];

/// Reads a script.
///
/// Errors: what is no Lua, or is Lua but not known here, with its line.
pub fn parse(text: &[u8]) -> Result<Block, String> {
    let mut parser = Parser { tokens: tokens(text)?, position: 0, depth: 0, chain: 0 };
    let block = parser.block()?;
    match parser.peek() {
        None => Ok(block),
        Some(_) => Err(parser.unexpected()),
    }
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    position: usize,
    depth: usize,
    chain: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.position).map(|(token, _)| token)
    }

    fn unexpected(&self) -> String {
        let near = self.tokens.get(self.position).or(self.tokens.last());
        let line = near.map_or(1, |(_, line)| *line);
        match self.peek() {
            Some(Token::Word(word)) => format!("line {line}: unexpected or unknown here: '{word}'"),
            Some(Token::Symbol(symbol)) => format!("line {line}: unexpected or unknown here: '{symbol}'"),
            Some(_) => format!("line {line}: unexpected value"),
            None => format!("line {line}: unexpected end"),
        }
    }

    fn is(&self, text: &str) -> bool {
        match self.peek() {
            Some(Token::Word(word)) => word == text,
            Some(Token::Symbol(symbol)) => *symbol == text,
            _ => false,
        }
    }

    fn accept(&mut self, text: &str) -> bool {
        let is = self.is(text);
        self.position += usize::from(is);
        is
    }

    fn expect(&mut self, text: &str) -> Result<(), String> {
        if self.accept(text) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.peek() {
            Some(Token::Word(word)) if !KEYWORDS.contains(&&**word) => {
                let word = word.clone();
                self.position += 1;
                Ok(word)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn names(&mut self) -> Result<Vec<String>, String> {
        let mut names = vec![self.name()?];
        while self.accept(",") {
            names.push(self.name()?);
        }
        Ok(names)
    }

    fn deeper<R>(&mut self, read: impl FnOnce(&mut Self) -> Result<R, String>) -> Result<R, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("the script is nested too deeply".to_owned());
        }
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn block(&mut self) -> Result<Block, String> {
        self.deeper(|parser| {
            let mut block = Vec::new();
            while parser.peek().is_some() && !["end", "else", "elseif", "until"].iter().any(|word| parser.is(word)) {
                block.push(parser.statement()?);
                parser.accept(";");
            }
            Ok(block)
        })
    }

    fn statement(&mut self) -> Result<Statement, String> {
        if self.accept("local") {
            let names = self.names()?;
            let values = if self.accept("=") { self.expressions()? } else { Vec::new() };
            return Ok(Statement::Local(names, values));
        }
        if self.accept("do") {
            return self.body().map(Statement::Do);
        }
        if self.accept("while") {
            let condition = self.expression()?;
            self.expect("do")?;
            return Ok(Statement::While(condition, self.body()?));
        }
        if self.accept("if") {
            return self.condition();
        }
        if self.accept("for") {
            return self.for_loop();
        }
        if self.accept("return") {
            let is_bare = self.peek().is_none() || ["end", "else", "elseif", ";"].iter().any(|word| self.is(word));
            return Ok(Statement::Return(if is_bare { None } else { Some(self.expression()?) }));
        }
        if self.accept("break") {
            return Ok(Statement::Break);
        }
        self.call_or_assignment()
    }

    fn body(&mut self) -> Result<Block, String> {
        let block = self.block()?;
        self.expect("end")?;
        Ok(block)
    }

    fn condition(&mut self) -> Result<Statement, String> {
        let mut branches = Vec::new();
        loop {
            let condition = self.expression()?;
            self.expect("then")?;
            branches.push((condition, self.block()?));
            if !self.accept("elseif") {
                break;
            }
        }
        let otherwise = if self.accept("else") { self.block()? } else { Vec::new() };
        self.expect("end")?;
        Ok(Statement::If(branches, otherwise))
    }

    fn for_loop(&mut self) -> Result<Statement, String> {
        let mut names = self.names()?;
        if self.accept("in") {
            let items = self.expression()?;
            self.expect("do")?;
            return Ok(Statement::ForIn(names, items, self.body()?));
        }
        self.expect("=")?;
        let first = self.expression()?;
        self.expect(",")?;
        let last = self.expression()?;
        let step = if self.accept(",") { self.expression()? } else { Expression::Number(1.0) };
        self.expect("do")?;
        Ok(Statement::For(names.remove(0), Box::new([first, last, step]), self.body()?))
    }

    fn call_or_assignment(&mut self) -> Result<Statement, String> {
        let first = self.suffixed()?;
        if matches!(first, Expression::Call(..)) {
            return Ok(Statement::Call(first));
        }
        let mut places = vec![first];
        while self.accept(",") {
            places.push(self.suffixed()?);
        }
        self.expect("=")?;
        if !places.iter().all(|place| matches!(place, Expression::Name(_) | Expression::Index(..))) {
            return Err(self.unexpected());
        }
        Ok(Statement::Assign(places, self.expressions()?))
    }

    fn expressions(&mut self) -> Result<Vec<Expression>, String> {
        let mut expressions = vec![self.expression()?];
        while self.accept(",") {
            expressions.push(self.expression()?);
        }
        Ok(expressions)
    }

    fn expression(&mut self) -> Result<Expression, String> {
        self.binary(0)
    }

    /// The next operator, if it binds more than that much, with how much its right side needs.
    fn operator(&self, least: u8) -> Option<(Binary, u8)> {
        let (operator, left, right) = match self.peek()? {
            Token::Word(word) if word == "or" => (Binary::Or, 1, 1),
            Token::Word(word) if word == "and" => (Binary::And, 2, 2),
            Token::Symbol("<") => (Binary::Less, 3, 3),
            Token::Symbol("<=") => (Binary::LessOrEqual, 3, 3),
            Token::Symbol(">") => (Binary::Greater, 3, 3),
            Token::Symbol(">=") => (Binary::GreaterOrEqual, 3, 3),
            Token::Symbol("==") => (Binary::Equal, 3, 3),
            Token::Symbol("~=") => (Binary::Unequal, 3, 3),
            // From the right.
            Token::Symbol("..") => (Binary::Concat, 5, 4),
            Token::Symbol("+") => (Binary::Add, 6, 6),
            Token::Symbol("-") => (Binary::Subtract, 6, 6),
            Token::Symbol("*") => (Binary::Multiply, 7, 7),
            Token::Symbol("/") => (Binary::Divide, 7, 7),
            Token::Symbol("%") => (Binary::Modulo, 7, 7),
            _ => return None,
        };
        (left > least).then_some((operator, right))
    }

    fn binary(&mut self, least: u8) -> Result<Expression, String> {
        self.deeper(|parser| {
            let mut left = parser.unary()?;
            let outer = std::mem::take(&mut parser.chain);
            while let Some((operator, right)) = parser.operator(least) {
                parser.position += 1;
                parser.chain += 1;
                if parser.chain > CHAIN_MAX {
                    return Err(TOO_LONG.to_owned());
                }
                left = Expression::Binary(operator, Box::new(left), Box::new(parser.binary(right)?));
            }
            parser.chain = outer;
            Ok(left)
        })
    }

    fn unary(&mut self) -> Result<Expression, String> {
        /// Operators in front bind more than all in between.
        const TIGHT: u8 = 8;
        for (word, operator) in [("not", Unary::Not), ("-", Unary::Minus), ("#", Unary::Length)] {
            if self.accept(word) {
                return Ok(Expression::Unary(operator, Box::new(self.binary(TIGHT)?)));
            }
        }
        self.simple()
    }

    fn simple(&mut self) -> Result<Expression, String> {
        let literal = match self.peek() {
            Some(Token::Number(number)) => Expression::Number(*number),
            Some(Token::Text(text)) => Expression::Text(text.clone()),
            Some(Token::Word(word)) if word == "nil" => Expression::Nil,
            Some(Token::Word(word)) if word == "true" || word == "false" => Expression::Bool(word == "true"),
            Some(Token::Symbol("{")) => return self.table(),
            _ => return self.suffixed(),
        };
        self.position += 1;
        Ok(literal)
    }

    fn suffixed(&mut self) -> Result<Expression, String> {
        let mut expression = if self.accept("(") {
            let inner = self.expression()?;
            self.expect(")")?;
            inner
        } else {
            Expression::Name(self.name()?)
        };
        for _ in 0..CHAIN_MAX {
            if self.accept(".") {
                let key = Expression::Text(self.name()?.into_bytes());
                expression = Expression::Index(Box::new(expression), Box::new(key));
            } else if self.accept("[") {
                let key = self.expression()?;
                self.expect("]")?;
                expression = Expression::Index(Box::new(expression), Box::new(key));
            } else if self.accept("(") {
                let arguments = if self.is(")") { Vec::new() } else { self.expressions()? };
                self.expect(")")?;
                expression = Expression::Call(Box::new(expression), arguments);
            } else {
                return Ok(expression);
            }
        }
        Err(TOO_LONG.to_owned())
    }

    fn table(&mut self) -> Result<Expression, String> {
        self.expect("{")?;
        let mut items = Vec::new();
        while !self.is("}") {
            items.push(self.table_item()?);
            if !self.accept(",") && !self.accept(";") {
                break;
            }
        }
        self.expect("}")?;
        Ok(Expression::Table(items))
    }

    fn table_item(&mut self) -> Result<(Option<Expression>, Expression), String> {
        if self.accept("[") {
            let key = self.expression()?;
            self.expect("]")?;
            self.expect("=")?;
            return Ok((Some(key), self.expression()?));
        }
        let is_named = matches!(self.tokens.get(self.position + 1), Some((Token::Symbol("="), _)));
        if is_named {
            let key = Expression::Text(self.name()?.into_bytes());
            self.expect("=")?;
            return Ok((Some(key), self.expression()?));
        }
        Ok((None, self.expression()?))
    }
}
