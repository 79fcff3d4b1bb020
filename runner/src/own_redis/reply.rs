//! What a command comes to, in the terms of the protocol.

use redis::Value;

/// A reply; an error begins with a code in capitals, as Redis has them.
pub type Reply = Result<Value, String>;

/// `OK`
pub fn ok() -> Reply {
    Ok(Value::Okay)
}

/// A number.
pub fn number(number: usize) -> Reply {
    Ok(Value::Int(i64::try_from(number).unwrap_or(i64::MAX)))
}

/// Bytes, or nil.
pub fn bytes(bytes: Option<Vec<u8>>) -> Value {
    bytes.map_or(Value::Nil, Value::BulkString)
}

/// A list of bytes.
pub fn list(items: impl IntoIterator<Item = Vec<u8>>) -> Value {
    Value::Array(items.into_iter().map(Value::BulkString).collect())
}

/// The key holds something else than the command is for.
pub fn wrong_type() -> String {
    "WRONGTYPE Operation against a key holding the wrong kind of value".to_owned()
}
