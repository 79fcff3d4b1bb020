//! A database with a long past.

mod fill;
mod kept;
mod sizes;

pub use kept::give;
pub use sizes::Sizes;
