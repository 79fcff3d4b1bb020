//! Bounds of what is passed to components, as in Spin.

/// The largest value or row that is passed to a component, in bytes.
pub const MAX_RESULT_BYTES: usize = 128 << 20;

/// How many items of a stream wait for a component before their sender has to.
pub const STREAM_CAPACITY: usize = 4;
