//! Keys and what they hold: how much memory it takes, and when it goes.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::{SystemTime, UNIX_EPOCH};

use super::reply::wrong_type;

/// What all keys together may take, in bytes.
const MAX_BYTES: usize = 64 << 20;

/// What a key, and what an element, takes beside its bytes.
const KEY_BYTES: usize = 128;
const ELEMENT_BYTES: usize = 64;

/// A list, a text or a set, by which commands name what they work on.
pub trait Content: Sized + Default {
    /// What a key holds, if it is this.
    fn of(data: &mut Data) -> Option<&mut Self>;

    /// This, as what a key holds.
    fn into_data(self) -> Data;
}

/// What a key holds.
pub enum Data {
    /// A string.
    Text(Text),
    /// A list.
    List(List),
    /// A set.
    Set(Set),
    /// A sorted set.
    Sorted(Sorted),
}

/// A string.
#[derive(Default)]
pub struct Text(pub Vec<u8>);

/// A list.
#[derive(Default)]
pub struct List {
    items: VecDeque<Vec<u8>>,
    bytes: usize,
}

/// An end of a list.
#[derive(Clone, Copy)]
pub enum End {
    /// The first.
    Left,
    /// The last.
    Right,
}

/// A set.
#[derive(Default)]
pub struct Set {
    members: HashSet<Vec<u8>>,
    bytes: usize,
}

/// A sorted set: members by score, and by themselves where scores are the same.
#[derive(Default)]
pub struct Sorted {
    scores: HashMap<Vec<u8>, f64>,
    order: BTreeSet<(Score, Vec<u8>)>,
    bytes: usize,
}

/// A score in its place among others. It is never NaN.
#[derive(Clone, Copy, PartialEq)]
struct Score(f64);

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl List {
    /// Adds an item.
    pub fn push(&mut self, end: End, item: Vec<u8>) {
        self.bytes += item.len() + ELEMENT_BYTES;
        match end {
            End::Left => self.items.push_front(item),
            End::Right => self.items.push_back(item),
        }
    }

    /// Takes an item.
    pub fn pop(&mut self, end: End) -> Option<Vec<u8>> {
        let item = match end {
            End::Left => self.items.pop_front(),
            End::Right => self.items.pop_back(),
        }?;
        self.bytes -= item.len() + ELEMENT_BYTES;
        Some(item)
    }

    /// The items in order.
    pub fn items(&self) -> &VecDeque<Vec<u8>> {
        &self.items
    }
}

impl Set {
    /// Adds a member; whether it is new.
    pub fn add(&mut self, member: &[u8]) -> bool {
        let is_new = self.members.insert(member.to_vec());
        self.bytes += if is_new { member.len() + ELEMENT_BYTES } else { 0 };
        is_new
    }

    /// Removes a member; whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        let was_there = self.members.remove(member);
        self.bytes -= if was_there { member.len() + ELEMENT_BYTES } else { 0 };
        was_there
    }

    /// The members.
    pub fn members(&self) -> &HashSet<Vec<u8>> {
        &self.members
    }
}

impl Sorted {
    /// Gives a member a score, which is a number; whether the member is new.
    pub fn add(&mut self, member: &[u8], score: f64) -> bool {
        // There is one zero.
        let score = score + 0.0;
        let before = self.scores.insert(member.to_vec(), score);
        match before {
            Some(before) => _ = self.order.remove(&(Score(before), member.to_vec())),
            // It is kept twice.
            None => self.bytes += 2 * (member.len() + ELEMENT_BYTES),
        }
        self.order.insert((Score(score), member.to_vec()));
        before.is_none()
    }

    /// Removes a member; whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        let Some(score) = self.scores.remove(member) else { return false };
        self.order.remove(&(Score(score), member.to_vec()));
        self.bytes -= 2 * (member.len() + ELEMENT_BYTES);
        true
    }

    /// The score of a member.
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        self.scores.get(member).copied()
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// The members from a score on, in order, with their scores.
    pub fn scored_from(&self, least: f64) -> impl Iterator<Item = (&[u8], f64)> {
        let least = (Score(least + 0.0), Vec::new());
        self.order.range(least..).map(|(score, member)| (&**member, score.0))
    }
}

macro_rules! content {
    ($($type:ident),*) => {$(
        impl Content for $type {
            fn of(data: &mut Data) -> Option<&mut Self> {
                match data {
                    Data::$type(content) => Some(content),
                    _ => None,
                }
            }

            fn into_data(self) -> Data {
                Data::$type(self)
            }
        }
    )*};
}

content!(Text, List, Set, Sorted);

impl Data {
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.0.len(),
            Self::List(list) => list.bytes,
            Self::Set(set) => set.bytes,
            Self::Sorted(sorted) => sorted.bytes,
        }
    }

    /// A key with an empty collection is none.
    fn is_nothing(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::List(list) => list.items.is_empty(),
            Self::Set(set) => set.members.is_empty(),
            Self::Sorted(sorted) => sorted.scores.is_empty(),
        }
    }
}

struct Entry {
    data: Data,
    expires_at: Option<u64>,
}

/// All keys.
#[derive(Default)]
pub struct Store {
    entries: HashMap<Vec<u8>, Entry>,
    /// When which key goes.
    expiries: BTreeSet<(u64, Vec<u8>)>,
    /// What all keys take, in bytes.
    bytes: usize,
    /// The time of the command that is run, in microseconds since 1970: it stands still during one.
    now: u64,
    /// Lists that have got items during this command.
    filled: Vec<Vec<u8>>,
}

impl Store {
    /// Begins with a command: now is now, and what has expired goes.
    pub fn begin(&mut self) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.begin_at(u64::try_from(since.as_micros()).unwrap_or(u64::MAX));
    }

    fn begin_at(&mut self, now: u64) {
        self.now = now;
        let due = self.now_millis();
        while let Some((at, key)) = self.expiries.pop_first() {
            if at > due {
                self.expiries.insert((at, key));
                break;
            }
            self.remove(&key);
        }
    }

    /// The time, in microseconds since 1970.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The time, in milliseconds since 1970.
    pub fn now_millis(&self) -> u64 {
        self.now / 1000
    }

    /// Whether there is room for as much more.
    ///
    /// Errors: there isn't.
    pub fn check_room(&self, bytes: usize) -> Result<(), String> {
        match self.bytes.saturating_add(bytes) <= MAX_BYTES {
            true => Ok(()),
            false => Err("OOM command not allowed when used memory > 'maxmemory'.".to_owned()),
        }
    }

    /// Whether a key is there.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.entries.contains_key(key)
    }

    /// Reads what a key holds; none without the key.
    ///
    /// Errors: it holds something else.
    pub fn read<C: Content, R>(&mut self, key: &[u8], read: impl FnOnce(&C) -> R) -> Result<Option<R>, String> {
        let Some(entry) = self.entries.get_mut(key) else { return Ok(None) };
        C::of(&mut entry.data).map(|content| Some(read(content))).ok_or_else(wrong_type)
    }

    /// Changes what a key holds, which comes into being and goes by that.
    ///
    /// Errors: it holds something else.
    pub fn edit<C: Content, R>(&mut self, key: &[u8], edit: impl FnOnce(&mut C) -> R) -> Result<R, String> {
        let entry = match self.entries.get_mut(key) {
            Some(entry) => entry,
            None => {
                self.bytes += key.len() + KEY_BYTES;
                let entry = Entry { data: C::default().into_data(), expires_at: None };
                self.entries.entry(key.to_vec()).or_insert(entry)
            }
        };
        let before = entry.data.bytes();
        let content = C::of(&mut entry.data).ok_or_else(wrong_type)?;
        let result = edit(content);
        self.bytes = self.bytes + entry.data.bytes() - before;
        if entry.data.is_nothing() {
            self.remove(key);
        }
        Ok(result)
    }

    /// Removes a key; whether it was there.
    pub fn remove(&mut self, key: &[u8]) -> bool {
        let Some(entry) = self.entries.remove(key) else { return false };
        self.bytes -= key.len() + KEY_BYTES + entry.data.bytes();
        if let Some(at) = entry.expires_at {
            self.expiries.remove(&(at, key.to_vec()));
        }
        true
    }

    /// When a key goes, in milliseconds since 1970: none, never. None without the key.
    pub fn expiry(&self, key: &[u8]) -> Option<Option<u64>> {
        self.entries.get(key).map(|entry| entry.expires_at)
    }

    /// Has a key go at a time, or never; whether it is there.
    pub fn set_expiry(&mut self, key: &[u8], at: Option<u64>) -> bool {
        let Some(entry) = self.entries.get_mut(key) else { return false };
        if let Some(before) = std::mem::replace(&mut entry.expires_at, at) {
            self.expiries.remove(&(before, key.to_vec()));
        }
        if let Some(at) = at {
            self.expiries.insert((at, key.to_vec()));
        }
        true
    }

    /// Notes that a list has got items, for those who wait for them.
    pub fn note_filled(&mut self, key: &[u8]) {
        self.filled.push(key.to_vec());
    }

    /// The lists that have got items since this was asked last.
    pub fn take_filled(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_takes_no_memory() {
        let mut store = Store::default();
        for key in [&b"a"[..], b"b"] {
            store.edit(key, |list: &mut List| list.push(End::Right, vec![0; 1000])).unwrap();
        }
        store.edit(b"s", |set: &mut Sorted| [set.add(b"m", 1.0), set.add(b"m", 2.0), set.add(b"n", 1.0)]).unwrap();
        store.edit(b"t", |set: &mut Set| [set.add(b"m"), set.add(b"m")]).unwrap();
        assert!(store.bytes > 2000);
        store.edit(b"a", |list: &mut List| list.pop(End::Left)).unwrap();
        store.edit(b"s", |set: &mut Sorted| [set.remove(b"m"), set.remove(b"m"), set.remove(b"n")]).unwrap();
        store.edit(b"t", |set: &mut Set| set.remove(b"m")).unwrap();
        assert!(store.remove(b"b") && !store.remove(b"b"));
        assert_eq!((store.bytes, store.entries.len()), (0, 0));
    }

    #[test]
    fn there_is_no_more_memory_than_that() {
        let mut store = Store::default();
        store.check_room(MAX_BYTES).unwrap();
        store.edit(b"a", |text: &mut Text| text.0 = vec![0; 1000]).unwrap();
        assert!(store.check_room(MAX_BYTES - 1000).unwrap_err().starts_with("OOM "));
    }

    #[test]
    fn a_key_goes_when_its_time_has_come() {
        let mut store = Store::default();
        store.begin_at(1_000_000);
        store.edit(b"a", |text: &mut Text| text.0 = b"x".to_vec()).unwrap();
        store.set_expiry(b"a", Some(5_000));
        store.set_expiry(b"a", Some(2_000));
        store.begin_at(1_999_000);
        assert!(store.contains(b"a"));
        store.begin_at(2_000_000);
        assert!(!store.contains(b"a"));
        assert_eq!((store.bytes, store.expiries.len()), (0, 0));
    }
}
