//! Values of a script while it runs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A value.
#[derive(Clone)]
pub enum Value {
    /// Nothing.
    Nil,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(Rc<[u8]>),
    /// A table.
    Table(Rc<RefCell<Table>>),
    /// Something that can be called, by its name.
    Function(&'static str),
}

/// A table: its items from 1 on, and what has other keys.
#[derive(Default)]
pub struct Table {
    items: Vec<Value>,
    others: BTreeMap<Key, Value>,
}

/// A key. Numbers without a fraction and texts can be one here.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A number.
    Number(i64),
    /// A text.
    Text(Rc<[u8]>),
}

impl Key {
    /// A value as a key.
    ///
    /// Errors: it can't be one.
    pub fn of(value: &Value) -> Result<Self, String> {
        match value {
            Value::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => Ok(Self::Number(*number as i64)),
            Value::Text(text) => Ok(Self::Text(Rc::clone(text))),
            other => Err(format!("a {} can't be a key here", other.kind())),
        }
    }

    fn into_value(self) -> Value {
        match self {
            Self::Number(number) => Value::Number(number as f64),
            Self::Text(text) => Value::Text(text),
        }
    }

    /// Its place among the items of a table.
    fn index(&self) -> Option<usize> {
        match self {
            Self::Number(number) => usize::try_from(*number).ok()?.checked_sub(1),
            Self::Text(_) => None,
        }
    }
}

impl Table {
    /// A table of items.
    pub fn of(items: Vec<Value>) -> Self {
        Self { items, others: BTreeMap::new() }
    }

    /// What stands under a key.
    pub fn get(&self, key: &Key) -> Value {
        let item = key.index().and_then(|index| self.items.get(index));
        item.or_else(|| self.others.get(key)).cloned().unwrap_or(Value::Nil)
    }

    /// Puts a value under a key.
    pub fn set(&mut self, key: Key, value: Value) {
        match key.index() {
            Some(index) if index == self.items.len() && !matches!(value, Value::Nil) => {
                self.others.remove(&key);
                self.items.push(value);
                // What has waited behind a gap comes up.
                while let Some(next) = self.others.remove(&Key::Number(self.items.len() as i64 + 1)) {
                    self.items.push(next);
                }
            }
            Some(index) if index < self.items.len() && matches!(value, Value::Nil) => {
                let behind = self.items.split_off(index);
                let numbered = behind.into_iter().enumerate().skip(1);
                self.others.extend(numbered.map(|(offset, item)| (Key::Number((index + offset) as i64 + 1), item)));
            }
            Some(index) if index < self.items.len() => self.items[index] = value,
            _ if matches!(value, Value::Nil) => _ = self.others.remove(&key),
            _ => _ = self.others.insert(key, value),
        }
    }

    /// The items from 1 on.
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// All keys with their values.
    pub fn pairs(&self) -> Vec<(Value, Value)> {
        let items =
            self.items.iter().enumerate().map(|(index, item)| (Value::Number(index as f64 + 1.0), item.clone()));
        let others = self.others.iter().map(|(key, value)| (key.clone().into_value(), value.clone()));
        items.chain(others).collect()
    }
}

impl Value {
    /// A text.
    pub fn text(bytes: impl AsRef<[u8]>) -> Self {
        Self::Text(bytes.as_ref().into())
    }

    /// A table.
    pub fn table(table: Table) -> Self {
        Self::Table(Rc::new(RefCell::new(table)))
    }

    /// What it is, in Lua's word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Table(_) => "table",
            Self::Function(_) => "function",
        }
    }

    /// Whether a condition holds.
    pub fn holds(&self) -> bool {
        !matches!(self, Self::Nil | Self::Bool(false))
    }

    /// As a number: a text may be one too.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => str::from_utf8(text).ok()?.trim().parse().ok().filter(|number: &f64| !number.is_nan()),
            _ => None,
        }
    }

    /// As bytes: a number is written as Lua does.
    pub fn bytes(&self) -> Option<Rc<[u8]>> {
        match self {
            Self::Text(text) => Some(Rc::clone(text)),
            Self::Number(number) => Some(number.to_string().as_bytes().into()),
            _ => None,
        }
    }

    /// Whether two are the same.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nil, Self::Nil) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Number(one), Self::Number(other)) => one == other,
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Table(one), Self::Table(other)) => Rc::ptr_eq(one, other),
            (Self::Function(one), Self::Function(other)) => one == other,
            _ => false,
        }
    }
}
