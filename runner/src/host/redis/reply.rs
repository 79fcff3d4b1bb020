//! Replies as components get them: nested ones in one flat list, as in Spin.

use redis::{FromRedisValue, ParsingError, Value};

use crate::host::bindings::spin::redis::redis::RedisResult;

/// A reply without nesting.
pub struct Flattened(pub Vec<RedisResult>);

impl Flattened {
    /// What the reply takes, in bytes.
    pub fn size(&self) -> usize {
        let payload = |result: &RedisResult| match result {
            RedisResult::Nil | RedisResult::Int64(_) => 0,
            RedisResult::Status(text) => text.len(),
            RedisResult::Binary(bytes) => bytes.len(),
        };
        self.0.iter().map(|result| size_of::<RedisResult>() + payload(result)).sum()
    }
}

impl FromRedisValue for Flattened {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let mut results = Vec::new();
        append(&mut results, value)?;
        Ok(Self(results))
    }
}

fn append(results: &mut Vec<RedisResult>, value: Value) -> Result<(), ParsingError> {
    let result = match value {
        Value::Nil => RedisResult::Nil,
        Value::Int(number) => RedisResult::Int64(number),
        Value::Boolean(yes) => RedisResult::Int64(yes.into()),
        Value::BulkString(bytes) => RedisResult::Binary(bytes),
        Value::SimpleString(text) => RedisResult::Status(text),
        Value::Okay => RedisResult::Status("OK".to_owned()),
        Value::Double(number) => RedisResult::Binary(number.to_string().into_bytes()),
        Value::BigNumber(digits) => RedisResult::Binary(digits),
        Value::Array(values) | Value::Set(values) => {
            return values.into_iter().try_for_each(|value| append(results, value));
        }
        other => return Err(format!("a reply that components can't be given: {other:?}").into()),
    };
    results.push(result);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_replies_are_flattened() {
        let nested = Value::Array(vec![
            Value::BulkString(b"a".to_vec()),
            Value::Array(vec![Value::Int(1), Value::Nil]),
            Value::Okay,
        ]);
        let Flattened(results) = Flattened::from_redis_value(nested).unwrap();
        assert!(matches!(
            &results[..],
            [RedisResult::Binary(_), RedisResult::Int64(1), RedisResult::Nil, RedisResult::Status(ok)] if ok == "OK"
        ));
    }

    #[test]
    fn other_replies_are_errors() {
        assert!(Flattened::from_redis_value(Value::Map(Vec::new())).is_err());
    }
}
