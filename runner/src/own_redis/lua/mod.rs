//! As much of Lua 5.1 as scripts for Redis need: local variables, tables, loops, conditions, and calls of what is there. A
//! script has no functions of its own, and nothing outlives it.

mod lexer;
mod parser;
mod run;
mod syntax;
mod value;

pub use parser::parse;
pub use run::run;
pub use syntax::Block;
pub use value::{Key, Table, Value};
