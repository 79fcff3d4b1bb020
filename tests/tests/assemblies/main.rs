//! "Many parts at once" of the contract: assemblies, and sessions on whole trees.

mod children;
mod kit;
mod line;
mod races;
mod trees;
mod watching;
