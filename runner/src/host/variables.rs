//! `spin:variables`

use wasmtime::component::{Accessor, HasSelf};

use super::bindings::spin::variables::variables::{Error, Host, HostWithStore};
use super::state::State;

impl Host for State {}

impl<T: Send> HostWithStore<T> for HasSelf<State> {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> Result<String, Error> {
        if !is_name(&name) {
            return Err(Error::InvalidName(name));
        }
        accessor.with(|mut access| match access.get().grants.variables.get(&name) {
            Some(value) => Ok(value.clone()),
            None => Err(Error::Undefined(format!("no variable {name:?}"))),
        })
    }
}

/// Spin's rule: lower-case letters, digits and `_`, beginning with a letter.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}
