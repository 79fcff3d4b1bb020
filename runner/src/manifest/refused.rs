//! Types for what Spin knows and this runner doesn't serve: reading one is an error that says so.
//!
//! The TOML reader adds the line to it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A setting that is refused wherever it stands.
#[derive(Debug)]
pub enum Refused {}

impl<'de> Deserialize<'de> for Refused {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("`baton up` does not serve this; `spin up` does"))
    }
}

/// What a [`Plain`] text stands for.
pub trait Meaning {
    /// What is expected, and what isn't served in its place.
    const EXPECTED: &'static str;
}

/// A text where Spin would accept a table as well.
#[derive(Debug)]
pub struct Plain<M> {
    /// The text.
    pub text: String,
    meaning: PhantomData<M>,
}

impl<'de, M: Meaning> Deserialize<'de> for Plain<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor<M>(PhantomData<M>);

        impl<M: Meaning> Visitor<'_> for TextVisitor<M> {
            type Value = Plain<M>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(M::EXPECTED)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Plain { text: text.to_owned(), meaning: PhantomData })
            }
        }

        deserializer.deserialize_any(TextVisitor(PhantomData))
    }
}

/// A component's `source`.
#[derive(Debug)]
pub struct Source;

impl Meaning for Source {
    const EXPECTED: &'static str = "the path of a local file (`baton up` fetches no components; `spin up` does)";
}

/// A trigger's `component`.
#[derive(Debug)]
pub struct ComponentName;

impl Meaning for ComponentName {
    const EXPECTED: &'static str =
        "a component's name (`baton up` does not serve components defined in place; `spin up` does)";
}

/// An HTTP trigger's `route`.
#[derive(Debug)]
pub struct Route;

impl Meaning for Route {
    const EXPECTED: &'static str = "a route (`baton up` does not serve private endpoints; `spin up` does)";
}
