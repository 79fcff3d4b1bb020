//! The findings as Markdown, with pictures beside it.

mod document;
mod durability;
mod goals;
mod growth;
mod machine;
mod plot;
mod plots;
mod starts;
mod steady;
mod structure;
mod table;
mod throughput;
mod waiting;
mod webhooks;

pub use document::Report;
