//! Documents that the database composes, and that go to the client as they are.

use std::fmt;
use std::marker::PhantomData;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{Problem, Result};

/// A `T` in JSON, as the database wrote it. Nobody has to read it and write it once more on its way to the client.
pub struct Written<T> {
    json: Box<RawValue>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Written<T> {
    /// Reads it, or those of its members that `U` has.
    pub fn read<U: DeserializeOwned>(&self) -> Result<U> {
        serde_json::from_str(self.json.get()).map_err(Problem::unavailable)
    }
}

impl<T> fmt::Debug for Written<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.json.fmt(formatter)
    }
}

impl<'de, T> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { json: Deserialize::deserialize(deserializer)?, kind: PhantomData })
    }
}

impl<T> Serialize for Written<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<T> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        let content_type = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        ([content_type], String::from(Box::<str>::from(self.json))).into_response()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[derive(Deserialize)]
    struct Outer {
        inner: Option<Written<Value>>,
    }

    #[test]
    fn it_stays_as_it_was_written() {
        let text = r#"{"b": 1.0, "a": [null,  "x"]}"#;
        let outer: Outer = serde_json::from_str(&format!(r#"{{"inner": {text}}}"#)).unwrap();
        let written = outer.inner.unwrap();
        assert_eq!(serde_json::to_string(&written).unwrap(), text);
        assert_eq!(written.read::<Value>().unwrap()["a"][1], "x");
        assert!(written.read::<u32>().is_err());
    }

    #[test]
    fn nothing_is_no_document() {
        assert!(serde_json::from_str::<Outer>(r#"{"inner": null}"#).unwrap().inner.is_none());
    }
}
