//! What tells this instance from others.

use std::sync::LazyLock;

use uuid::Uuid;

/// This instance's name: as the watchman, as the keeper, of its inbox, and of those who wait in it.
pub static NAME: LazyLock<String> = LazyLock::new(|| Uuid::new_v4().to_string());
