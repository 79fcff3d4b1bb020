//! Running a script.

use std::rc::Rc;

use super::syntax::{Binary, Block, Expression, Statement, Unary};
use super::value::{Key, Table, Value};

/// How many steps a script may take: some tenths of a second.
const STEPS_MAX: usize = 5_000_000;

/// How many bytes of texts a script may make.
const BYTES_MAX: usize = 32 << 20;

/// What is there for scripts.
const FUNCTIONS: [&str; 6] = ["ipairs", "pairs", "tonumber", "tostring", "type", "error"];
const LIBRARIES: [(&str, &[(&str, &str)]); 3] = [
    ("redis", &[("call", "redis.call"), ("pcall", "redis.pcall")]),
    ("table", &[("insert", "table.insert"), ("concat", "table.concat")]),
    ("math", &[("floor", "math.floor"), ("max", "math.max"), ("min", "math.min")]),
];

/// What a script asks for: a command of Redis'.
pub type Call<'a> = &'a mut dyn FnMut(Vec<Rc<[u8]>>) -> Result<Value, String>;

/// Runs a script with these texts in `KEYS` and `ARGV`; gives what it returns.
///
/// Errors: the script's own, or that it takes too much.
pub fn run(block: &Block, keys: &[Vec<u8>], arguments: &[Vec<u8>], call: Call<'_>) -> Result<Value, String> {
    let list = |texts: &[Vec<u8>]| Value::table(Table::of(texts.iter().map(Value::text).collect()));
    let mut variables = vec![("KEYS".to_owned(), list(keys)), ("ARGV".to_owned(), list(arguments))];
    variables.extend(FUNCTIONS.iter().map(|name| ((*name).to_owned(), Value::Function(name))));
    for (library, functions) in LIBRARIES {
        let mut table = Table::default();
        for (name, function) in functions {
            table.set(Key::Text(name.as_bytes().into()), Value::Function(function));
        }
        variables.push((library.to_owned(), Value::table(table)));
    }
    let mut script = Script { variables, steps: 0, bytes: 0, call };
    match script.block(block)? {
        Flow::Return(value) => Ok(value),
        Flow::Next | Flow::Break => Ok(Value::Nil),
    }
}

/// Where a statement leads.
enum Flow {
    Next,
    Break,
    Return(Value),
}

struct Script<'a> {
    /// The innermost are the last.
    variables: Vec<(String, Value)>,
    steps: usize,
    bytes: usize,
    call: Call<'a>,
}

impl Script<'_> {
    fn step(&mut self) -> Result<(), String> {
        self.steps += 1;
        if self.steps > STEPS_MAX { Err("the script takes too long".to_owned()) } else { Ok(()) }
    }

    fn text(&mut self, bytes: Vec<u8>) -> Result<Value, String> {
        self.bytes += bytes.len();
        if self.bytes > BYTES_MAX { Err("the script takes too much memory".to_owned()) } else { Ok(Value::text(bytes)) }
    }

    /// Runs statements, whose local variables go with them.
    fn block(&mut self, block: &Block) -> Result<Flow, String> {
        let outer = self.variables.len();
        let flow = self.statements(block);
        self.variables.truncate(outer);
        flow
    }

    fn statements(&mut self, block: &Block) -> Result<Flow, String> {
        for statement in block {
            self.step()?;
            match self.statement(statement)? {
                Flow::Next => {}
                leaving => return Ok(leaving),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, statement: &Statement) -> Result<Flow, String> {
        match statement {
            Statement::Local(names, values) => {
                let values = self.values(values)?;
                let values = values.into_iter().chain(std::iter::repeat(Value::Nil));
                self.variables.extend(names.iter().cloned().zip(values));
            }
            Statement::Assign(places, values) => {
                let values = self.values(values)?.into_iter().chain(std::iter::repeat(Value::Nil));
                for (place, value) in places.iter().zip(values) {
                    self.assign(place, value)?;
                }
            }
            Statement::Call(call) => _ = self.value(call)?,
            Statement::Do(block) => return self.block(block),
            Statement::While(condition, block) => {
                while self.value(condition)?.holds() {
                    self.step()?;
                    match self.block(block)? {
                        Flow::Next => {}
                        Flow::Break => break,
                        leaving => return Ok(leaving),
                    }
                }
            }
            Statement::If(branches, otherwise) => {
                for (condition, block) in branches {
                    if self.value(condition)?.holds() {
                        return self.block(block);
                    }
                }
                return self.block(otherwise);
            }
            Statement::For(name, range, block) => return self.count(name, range, block),
            Statement::ForIn(names, items, block) => return self.each(names, items, block),
            Statement::Return(value) => {
                return Ok(Flow::Return(match value {
                    Some(value) => self.value(value)?,
                    None => Value::Nil,
                }));
            }
            Statement::Break => return Ok(Flow::Break),
        }
        Ok(Flow::Next)
    }

    fn assign(&mut self, place: &Expression, value: Value) -> Result<(), String> {
        match place {
            Expression::Index(table, key) => {
                let (table, key) = (self.value(table)?, self.value(key)?);
                let Value::Table(table) = table else {
                    return Err(format!("attempt to index a {} value", table.kind()));
                };
                table.borrow_mut().set(Key::of(&key)?, value);
                Ok(())
            }
            Expression::Name(name) => match self.variables.iter_mut().rev().find(|(own, _)| own == name) {
                Some((_, own)) => {
                    *own = value;
                    Ok(())
                }
                None => Err(format!("Script attempted to create global variable '{name}'")),
            },
            _ => Err("nothing can be put there".to_owned()),
        }
    }

    fn count(&mut self, name: &str, range: &[Expression; 3], block: &Block) -> Result<Flow, String> {
        let mut numbers = [0.0; 3];
        for (number, expression) in numbers.iter_mut().zip(range) {
            *number = self.value(expression)?.number().ok_or("'for' needs numbers")?;
        }
        let [mut at, last, step] = numbers;
        while if step >= 0.0 { at <= last } else { at >= last } {
            match self.round([(name.to_owned(), Value::Number(at))], block)? {
                Flow::Next => at += step,
                Flow::Break => break,
                leaving => return Ok(leaving),
            }
        }
        Ok(Flow::Next)
    }

    fn each(&mut self, names: &[String], items: &Expression, block: &Block) -> Result<Flow, String> {
        let pairs = match self.value(items)? {
            // What `pairs` and `ipairs` give here: keys and values in turn.
            Value::Table(table) => table.borrow().items().to_vec(),
            _ => return Err("'for' goes through what pairs or ipairs give".to_owned()),
        };
        for pair in pairs.chunks(2) {
            let variables = names.iter().cloned().zip(pair.iter().cloned().chain(std::iter::repeat(Value::Nil)));
            match self.round(variables, block)? {
                Flow::Next => {}
                Flow::Break => break,
                leaving => return Ok(leaving),
            }
        }
        Ok(Flow::Next)
    }

    /// Runs the statements of a loop once, with variables of their own.
    fn round(&mut self, variables: impl IntoIterator<Item = (String, Value)>, block: &Block) -> Result<Flow, String> {
        self.step()?;
        let outer = self.variables.len();
        self.variables.extend(variables);
        let flow = self.statements(block);
        self.variables.truncate(outer);
        flow
    }

    fn values(&mut self, expressions: &[Expression]) -> Result<Vec<Value>, String> {
        expressions.iter().map(|expression| self.value(expression)).collect()
    }

    fn value(&mut self, expression: &Expression) -> Result<Value, String> {
        self.step()?;
        match expression {
            Expression::Nil => Ok(Value::Nil),
            Expression::Bool(yes) => Ok(Value::Bool(*yes)),
            Expression::Number(number) => Ok(Value::Number(*number)),
            Expression::Text(text) => Ok(Value::text(text)),
            Expression::Name(name) => {
                let found = self.variables.iter().rev().find(|(own, _)| own == name);
                let found = found.map(|(_, value)| value.clone());
                found.ok_or_else(|| format!("Script attempted to access nonexistent global variable '{name}'"))
            }
            Expression::Index(table, key) => match (self.value(table)?, self.value(key)?) {
                (Value::Table(table), key) => Ok(table.borrow().get(&Key::of(&key)?)),
                (other, _) => Err(format!("attempt to index a {} value", other.kind())),
            },
            Expression::Call(function, arguments) => match self.value(function)? {
                Value::Function(name) => {
                    let arguments = self.values(arguments)?;
                    self.function(name, &arguments)
                }
                other => Err(format!("attempt to call a {} value", other.kind())),
            },
            Expression::Table(items) => self.table(items),
            Expression::Unary(operator, operand) => {
                let operand = self.value(operand)?;
                unary(*operator, &operand)
            }
            Expression::Binary(operator, left, right) => self.binary(*operator, left, right),
        }
    }

    fn table(&mut self, items: &[(Option<Expression>, Expression)]) -> Result<Value, String> {
        let mut table = Table::default();
        let mut next = 1;
        for (key, value) in items {
            let key = match key {
                Some(key) => Key::of(&self.value(key)?)?,
                None => {
                    next += 1;
                    Key::Number(next - 1)
                }
            };
            let value = self.value(value)?;
            table.set(key, value);
        }
        Ok(Value::table(table))
    }

    fn binary(&mut self, operator: Binary, left: &Expression, right: &Expression) -> Result<Value, String> {
        let left = self.value(left)?;
        match operator {
            Binary::Or if left.holds() => return Ok(left),
            Binary::And if !left.holds() => return Ok(left),
            Binary::Or | Binary::And => return self.value(right),
            _ => {}
        }
        let right = self.value(right)?;
        Ok(match operator {
            Binary::Equal => Value::Bool(left.is(&right)),
            Binary::Unequal => Value::Bool(!left.is(&right)),
            Binary::Less => Value::Bool(is_less(&left, &right)?),
            Binary::Greater => Value::Bool(is_less(&right, &left)?),
            Binary::LessOrEqual => Value::Bool(!is_less(&right, &left)?),
            Binary::GreaterOrEqual => Value::Bool(!is_less(&left, &right)?),
            Binary::Concat => match (left.bytes(), right.bytes()) {
                (Some(left), Some(right)) => return self.text([&*left, &*right].concat()),
                _ => return Err("attempt to concatenate what is no text".to_owned()),
            },
            _ => match (left.number(), right.number()) {
                (Some(left), Some(right)) => Value::Number(calculate(operator, left, right)),
                _ => return Err("attempt to calculate with what is no number".to_owned()),
            },
        })
    }

    fn function(&mut self, name: &str, arguments: &[Value]) -> Result<Value, String> {
        let first = arguments.first().unwrap_or(&Value::Nil);
        let wrong = || format!("bad argument for '{name}': {}", first.kind());
        match name {
            "redis.call" => self.command(arguments),
            "redis.pcall" => Ok(self.command(arguments).unwrap_or_else(|error| {
                let mut table = Table::default();
                table.set(Key::Text(b"err"[..].into()), Value::text(error));
                Value::table(table)
            })),
            "tonumber" => Ok(first.number().map_or(Value::Nil, Value::Number)),
            "tostring" => match first {
                Value::Bool(yes) => Ok(Value::text(yes.to_string())),
                _ => Ok(first.bytes().map_or_else(|| Value::text(first.kind()), Value::Text)),
            },
            "type" => Ok(Value::text(first.kind())),
            "error" => Err(String::from_utf8_lossy(&first.bytes().unwrap_or_default()).into_owned()),
            "math.floor" => first.number().map(|number| Value::Number(number.floor())).ok_or_else(wrong),
            "math.max" | "math.min" => {
                let numbers: Option<Vec<f64>> = arguments.iter().map(Value::number).collect();
                let better = if name == "math.max" { f64::max } else { f64::min };
                numbers.and_then(|numbers| numbers.into_iter().reduce(better)).map(Value::Number).ok_or_else(wrong)
            }
            _ => {
                let Value::Table(table) = first else { return Err(wrong()) };
                match (name, arguments) {
                    ("ipairs", _) => {
                        let items = table.borrow().items().to_vec();
                        let numbered = items.into_iter().enumerate();
                        let pairs = numbered.flat_map(|(index, item)| [Value::Number(index as f64 + 1.0), item]);
                        Ok(Value::table(Table::of(pairs.collect())))
                    }
                    ("pairs", _) => {
                        let pairs = table.borrow().pairs();
                        let pairs = pairs.into_iter().flat_map(|(key, value)| [key, value]);
                        Ok(Value::table(Table::of(pairs.collect())))
                    }
                    ("table.insert", [_, item]) => {
                        let next = table.borrow().items().len() as i64 + 1;
                        table.borrow_mut().set(Key::Number(next), item.clone());
                        Ok(Value::Nil)
                    }
                    ("table.concat", [_, rest @ ..]) => {
                        let between = rest.first().and_then(Value::bytes).unwrap_or_default();
                        let texts: Option<Vec<_>> = table.borrow().items().iter().map(Value::bytes).collect();
                        let texts = texts.ok_or_else(wrong)?;
                        self.text(texts.join(&*between))
                    }
                    _ => Err(wrong()),
                }
            }
        }
    }

    fn command(&mut self, words: &[Value]) -> Result<Value, String> {
        let words: Option<Vec<_>> = words.iter().map(Value::bytes).collect();
        let words = words.ok_or("ERR Lua redis lib command arguments must be strings or integers")?;
        (self.call)(words)
    }
}

fn unary(operator: Unary, operand: &Value) -> Result<Value, String> {
    match (operator, operand) {
        (Unary::Not, _) => Ok(Value::Bool(!operand.holds())),
        (Unary::Length, Value::Text(text)) => Ok(Value::Number(text.len() as f64)),
        (Unary::Length, Value::Table(table)) => Ok(Value::Number(table.borrow().items().len() as f64)),
        (Unary::Length, _) => Err(format!("attempt to get length of a {} value", operand.kind())),
        (Unary::Minus, _) => {
            let number = operand.number().ok_or("attempt to calculate with what is no number")?;
            Ok(Value::Number(-number))
        }
    }
}

fn is_less(left: &Value, right: &Value) -> Result<bool, String> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Ok(left < right),
        (Value::Text(left), Value::Text(right)) => Ok(left < right),
        _ => Err(format!("attempt to compare {} with {}", left.kind(), right.kind())),
    }
}

fn calculate(operator: Binary, left: f64, right: f64) -> f64 {
    match operator {
        Binary::Subtract => left - right,
        Binary::Multiply => left * right,
        Binary::Divide => left / right,
        Binary::Modulo => left - (left / right).floor() * right,
        _ => left + right,
    }
}
