//! The files in `deploy/`: that they fit what they are for, as far as that can be told without running it.

mod compose;
mod files;
mod monitoring;
mod spinkube;
