//! Tells what has happened, and whether the record still holds.
