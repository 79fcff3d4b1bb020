//! How instances are used.

use std::time::Duration;

/// How long and for how much an instance of a component is used, and what it may take.
#[derive(Clone, Copy, Debug)]
pub struct Reuse {
    /// Requests that one instance serves in its life.
    pub max_instance_reuse_count: usize,
    /// Requests that one instance serves at once.
    pub max_instance_concurrent_reuse_count: usize,
    /// How large the memory of an instance may become, in bytes.
    pub max_instance_memory: usize,
    /// How long a request may take to its response; none: as long as it wants.
    pub request_timeout: Option<Duration>,
    /// How long an instance without a request is kept.
    pub idle_instance_timeout: Duration,
}
