//! `EVAL`: scripts between whose commands nothing comes.

use std::collections::HashMap;
use std::rc::Rc;

use redis::Value as RedisValue;

use super::lua::{self, Block, Value};
use super::reply::Reply;

/// How many scripts are kept as they were read.
const KEPT: usize = 64;

/// Runs scripts.
#[derive(Default)]
pub struct Scripts {
    read: HashMap<Vec<u8>, Block>,
}

impl Scripts {
    /// Runs a script; `call` runs a command for it.
    ///
    /// Errors: the script's own, those of its commands, and that it isn't understood.
    pub fn run(
        &mut self,
        text: &[u8],
        keys: &[Vec<u8>],
        arguments: &[Vec<u8>],
        mut call: impl FnMut(&[Vec<u8>]) -> Reply,
    ) -> Reply {
        if !self.read.contains_key(text) {
            let block = lua::parse(text).map_err(with_code)?;
            if self.read.len() >= KEPT {
                self.read.clear();
            }
            self.read.insert(text.to_vec(), block);
        }
        let mut call = |words: Vec<Rc<[u8]>>| {
            let words: Vec<_> = words.iter().map(|word| word.to_vec()).collect();
            call(&words).map(to_lua)
        };
        let result = lua::run(&self.read[text], keys, arguments, &mut call).map_err(with_code)?;
        from_lua(&result)
    }
}

/// An error of a command is told as it was.
fn with_code(error: String) -> String {
    let code = error.split(' ').next().unwrap_or_default();
    let has_code = code.len() > 1 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if has_code { error } else { format!("ERR {error}") }
}

fn to_lua(reply: RedisValue) -> Value {
    let single = |name: &str, text: &str| {
        let mut table = lua::Table::default();
        table.set(lua::Key::Text(name.as_bytes().into()), Value::text(text));
        Value::table(table)
    };
    match reply {
        RedisValue::Int(number) => Value::Number(number as f64),
        RedisValue::BulkString(bytes) => Value::text(bytes),
        RedisValue::SimpleString(text) => single("ok", &text),
        RedisValue::Okay => single("ok", "OK"),
        RedisValue::Array(items) => Value::table(lua::Table::of(items.into_iter().map(to_lua).collect())),
        _ => Value::Bool(false),
    }
}

fn from_lua(value: &Value) -> Reply {
    Ok(match value {
        Value::Nil | Value::Bool(false) | Value::Function(_) => RedisValue::Nil,
        Value::Bool(true) => RedisValue::Int(1),
        // As in Redis, without what stands behind the point.
        Value::Number(number) => RedisValue::Int(*number as i64),
        Value::Text(text) => RedisValue::BulkString(text.to_vec()),
        Value::Table(table) => {
            let table = table.borrow();
            let member = |name: &str| table.get(&lua::Key::Text(name.as_bytes().into())).bytes();
            if let Some(error) = member("err") {
                return Err(String::from_utf8_lossy(&error).into_owned());
            }
            if let Some(status) = member("ok") {
                return Ok(RedisValue::SimpleString(String::from_utf8_lossy(&status).into_owned()));
            }
            RedisValue::Array(table.items().iter().map(from_lua).collect::<Result<_, _>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, arguments: &[&str]) -> Reply {
        let arguments: Vec<_> = arguments.iter().map(|word| word.as_bytes().to_vec()).collect();
        Scripts::default().run(text.as_bytes(), &[], &arguments, |words| match &*words[0] {
            b"ECHO" => Ok(RedisValue::Array(words[1..].iter().cloned().map(RedisValue::BulkString).collect())),
            b"NIL" => Ok(RedisValue::Nil),
            b"OK" => Ok(RedisValue::Okay),
            _ => Err("ERR no".to_owned()),
        })
    }

    fn text(text: &str) -> RedisValue {
        RedisValue::BulkString(text.as_bytes().to_vec())
    }

    /// What Redis 7 answers to these scripts with the arguments `a` and `b`.
    #[test]
    fn scripts_come_to_what_they_come_to_in_redis() {
        use RedisValue::{Array, Int, Nil, SimpleString};
        for (script, expected) in [
            ("return 3.9", Int(3)),
            ("return ARGV[2]", text("b")),
            ("return #ARGV + #KEYS", Int(2)),
            ("return redis.call('NIL') == false", Int(1)),
            ("return redis.call('OK').ok", text("OK")),
            ("return redis.call('OK')", SimpleString("OK".to_owned())),
            ("return false", Nil),
            ("return", Nil),
            ("", Nil),
            ("return {1, {'x'}, nil, 4}", Array(vec![Int(1), Array(vec![text("x")])])),
            ("return redis.call('ECHO', 1, 'y')[2]", text("y")),
            ("return redis.call('ECHO', '1')[1] + 41", Int(42)),
            ("return redis.pcall('BAD').err", text("ERR no")),
            ("local t = {} for i, v in ipairs(ARGV) do t[v] = i end return t['b']", Int(2)),
            ("local t = {x = 1, ['y'] = 2} local n = 0 for k, v in pairs(t) do n = n + v end return n", Int(3)),
            ("local n = 0 for i = 1, 10, 3 do n = n + i end return n", Int(22)),
            ("for i = 3, 1, -1 do if i == 2 then return i end end", Int(2)),
            ("local n = 0 while true do n = n + 1 if n >= 5 then break end end return n", Int(5)),
            ("if #ARGV > 5 then return 1 elseif #ARGV == 2 then return 2 else return 3 end", Int(2)),
            ("local a, b = 1 if b == nil then a = 7 end return a", Int(7)),
            ("local a = 1 do local a = 2 end return a", Int(1)),
            ("return 'a' .. 1 .. \"\\n\" .. [[x]]", text("a1\nx")),
            ("return 2 + 3 * 4 - 10 / 4", Int(11)),
            ("return 7 % 3 + -7 % 3", Int(3)),
            ("return not nil and 1 < 2 and 'a' ~= 'b'", Int(1)),
            ("return nil or 'x'", text("x")),
            ("return tonumber('0x') == nil and tonumber(' 12 ') == 12", Int(1)),
            ("return math.max(1, 7, 3) - math.floor(2.5)", Int(5)),
            ("local t = {} table.insert(t, 'x') t[#t + 1] = 'y' return table.concat(t, '-')", text("x-y")),
            ("local t = {1, 2, 3} t[2] = nil t[2] = 5 return t", Array(vec![Int(1), Int(5), Int(3)])),
            ("-- a comment\n--[[ a long\none ]] return 1;", Int(1)),
            ("return tostring(12) .. type({})", text("12table")),
        ] {
            assert_eq!(run(script, &["a", "b"]), Ok(expected), "{script}");
        }
    }

    #[test]
    fn a_script_that_fails_says_why() {
        for (script, reason) in [
            ("return redis.call('BAD')", "ERR no"),
            ("return {err = 'MINE is wrong'}", "MINE is wrong"),
            ("return nonsense(", "ERR line 1: unexpected end"),
            ("return nothing", "nonexistent global variable 'nothing'"),
            ("x = 1", "create global variable 'x'"),
            ("return redis.call({})", "must be strings or integers"),
            ("return function() end", "unknown here: 'function'"),
            ("return {} < 1", "compare table with number"),
            ("return nil .. 'x'", "concatenate"),
            ("return ('x').y", "index a string value"),
            ("return 'x", "unfinished text"),
            ("error('oh')", "ERR oh"),
            ("return 1 end", "unexpected"),
        ] {
            let said = run(script, &[]).unwrap_err();
            assert!(said.contains(reason), "{script}: {said}");
        }
    }

    #[test]
    fn a_script_has_bounds() {
        assert!(run("while true do end", &[]).unwrap_err().contains("too long"));
        assert!(run("local s = 'x' while true do s = s .. s end", &[]).unwrap_err().contains("memory"));
        assert!(run(&"(".repeat(10_000), &[]).unwrap_err().contains("deep"));
        assert!(run(&format!("return 1{}", " + 1".repeat(10_000)), &[]).unwrap_err().contains("long"));
        assert!(run(&format!("return {}1", "not ".repeat(10_000)), &[]).unwrap_err().contains("deep"));
    }
}
