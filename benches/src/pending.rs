//! Futures behind trait objects.

use std::pin::Pin;

/// What an `async fn` of a trait returns where the trait is used as an object.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;
