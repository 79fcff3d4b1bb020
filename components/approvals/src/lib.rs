//! Approvals, their signatures, and the workflows that they follow.
