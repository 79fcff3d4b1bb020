//! The sides, and in which order they are measured.

use anyhow::Result;
use baton_tests::Scratch;

use crate::system::{Server, System};

/// A system with its files.
pub struct Side {
    /// The system.
    pub system: Box<dyn System>,
    /// Where its files are.
    pub home: Scratch,
}

impl Side {
    /// The system with files of its own.
    pub fn new(system: Box<dyn System>) -> Self {
        Self { system, home: Scratch::new() }
    }

    /// The system's name.
    pub fn name(&self) -> &str {
        self.system.name()
    }

    /// Starts it, and waits until it is ready.
    pub async fn start(&self) -> Result<Server> {
        self.system.start(self.home.path()).await
    }

    /// Begins with other files.
    pub fn forget(&mut self) {
        self.home = Scratch::new();
    }
}

/// The order of the sides in a round: another one begins each time.
pub fn turns(sides: usize, round: u32) -> impl Iterator<Item = usize> {
    (0..sides).map(move |turn| (turn + round as usize) % sides)
}

#[cfg(test)]
mod tests {
    use super::turns;

    #[test]
    fn each_side_begins_in_its_turn() {
        assert_eq!(turns(3, 0).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(turns(3, 4).collect::<Vec<_>>(), [1, 2, 0]);
    }
}
