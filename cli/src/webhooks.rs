//! Whom webhooks may be sent to on the operator's own network.

use baton_runner::Variables;

/// The variable with those hosts, by comma, as they stand in a URL.
const HOSTS: &str = "webhook_hosts";

/// The hosts as patterns of `allowed_outbound_hosts`.
pub fn named_hosts(variables: &Variables) -> Vec<String> {
    let hosts = variables.get(HOSTS).unwrap_or_default();
    hosts.split(',').map(str::trim).filter(|host| !host.is_empty()).flat_map(patterns).collect()
}

/// A host by either scheme, on its port or on that of the scheme.
fn patterns(host: &str) -> [String; 2] {
    ["http", "https"].map(|scheme| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_named_by_either_scheme() {
        assert_eq!(patterns("hooks.internal:8080"), ["http://hooks.internal:8080", "https://hooks.internal:8080"]);
    }
}
