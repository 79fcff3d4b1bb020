//! What a script is made of.

/// Statements, one after the other.
pub type Block = Vec<Statement>;

/// A statement.
#[derive(Debug)]
pub enum Statement {
    /// `local a, b = x, y`
    Local(Vec<String>, Vec<Expression>),
    /// `a, b.c = x, y`
    Assign(Vec<Expression>, Vec<Expression>),
    /// A call whose result nobody wants.
    Call(Expression),
    /// `do … end`
    Do(Block),
    /// `while … do … end`
    While(Expression, Block),
    /// `if … then … elseif … then … else … end`
    If(Vec<(Expression, Block)>, Block),
    /// `for i = first, last, step do … end`
    For(String, Box<[Expression; 3]>, Block),
    /// `for k, v in pairs(…) do … end`
    ForIn(Vec<String>, Expression, Block),
    /// `return x`
    Return(Option<Expression>),
    /// `break`
    Break,
}

/// An expression.
#[derive(Clone, Debug)]
pub enum Expression {
    /// `nil`
    Nil,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(Vec<u8>),
    /// A variable.
    Name(String),
    /// `table[key]`, `table.key`
    Index(Box<Expression>, Box<Expression>),
    /// `function(arguments)`
    Call(Box<Expression>, Vec<Expression>),
    /// `{x, [key] = y, name = z}`: a value without a key takes the next number.
    Table(Vec<(Option<Expression>, Expression)>),
    /// `not x`, `-x`, `#x`
    Unary(Unary, Box<Expression>),
    /// `x + y`
    Binary(Binary, Box<Expression>, Box<Expression>),
}

/// Operators in front.
#[derive(Clone, Copy, Debug)]
pub enum Unary {
    /// `not`
    Not,
    /// `-`
    Minus,
    /// `#`
    Length,
}

/// Operators in between.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Binary {
    Or,
    And,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    Unequal,
    Concat,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}
