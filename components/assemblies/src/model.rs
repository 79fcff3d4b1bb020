//! What goes in and out.

use std::collections::HashSet;

use baton_core::text::PartNumber;
use baton_core::{Problem, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How many children an item has at most.
const CHILDREN_MAX: usize = 10_000;

/// How many levels down, or up, are looked at at most.
const DEPTH_MAX: u32 = 32;

/// What an item is made of.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SetChildren {
    /// All of its parts, directly; one that is named twice counts once.
    #[schema(max_items = 10000)]
    children: Vec<PartNumber>,
}

impl SetChildren {
    /// Each once, in order: 422 for too many, and for the item itself.
    pub fn check(&self, part_number: &PartNumber) -> Result<Vec<&PartNumber>> {
        let mut seen = HashSet::new();
        let children: Vec<_> = self.children.iter().filter(|child| seen.insert(*child)).collect();
        if children.len() > CHILDREN_MAX {
            return Err(Problem::invalid("children", format!("must have {CHILDREN_MAX} members at most")));
        }
        if seen.contains(part_number) { Err(cycle(&[part_number.as_str()])) } else { Ok(children) }
    }
}

/// 422 `cycle`: these have the item in them, or are it.
pub fn cycle(children: &[impl AsRef<str>]) -> Problem {
    let names: Vec<_> = children.iter().map(AsRef::as_ref).collect();
    let detail = format!("the item would be made of itself, by {}", names.join(", "));
    Problem::new(axum::http::StatusCode::UNPROCESSABLE_ENTITY, "cycle", detail).with("children", names.into())
}

/// How far to look.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DepthQuery {
    /// How many levels: 1 to 32, 1 if absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 32)]
    depth: Option<String>,
}

impl DepthQuery {
    /// The number of levels: 400 if it is out of bounds.
    pub fn check(&self) -> Result<u32> {
        match self.depth.as_deref().map(str::parse) {
            None => Ok(1),
            Some(Ok(depth @ 1..=DEPTH_MAX)) => Ok(depth),
            Some(_) => {
                Err(Problem::bad_request("invalid_query", format!("depth must be a number from 1 to {DEPTH_MAX}")))
            }
        }
    }
}

/// A part in an assembly, or an assembly that a part is in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Relative {
    /// The item.
    #[schema(example = "F01-0001")]
    pub part_number: String,
    /// By how many levels it is away, on the shortest path.
    #[schema(minimum = 1, maximum = 32)]
    pub depth: u32,
}

/// A page of what an item is made of.
#[derive(Debug, Serialize, ToSchema)]
pub struct Children {
    /// The parts, the nearest first.
    pub children: Vec<Relative>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// A page of what an item is a part of.
#[derive(Debug, Serialize, ToSchema)]
pub struct Parents {
    /// The assemblies, the nearest first.
    pub parents: Vec<Relative>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}
