//! What was wanted, and what was reached: the report's first section.

mod goal;
mod long_while;
mod section;
mod speed;
mod starting;
mod structure;
mod waiting;
mod webhooks;

pub use section::section;
