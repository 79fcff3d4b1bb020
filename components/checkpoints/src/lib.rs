//! Keeps drafts and checkpoints.
