//! What a key may be used for (contract, "Who calls"): said once, for every route, by its method and its place.

use http::Method;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Problem, Result};

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// What changes nothing.
    Read,
    /// Changes, and `read`.
    Edit,
    /// Overriding others and signing for it, and `edit`.
    Override,
    /// Git LFS alone.
    Lfs,
    /// Webhooks alone.
    Webhooks,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// What a scope allows.
    Of(Scope),
    /// Keys themselves, which are looked after by token.
    Keys,
}

impl Asked {
    /// Of a method and a route.
    pub fn of(method: &Method, route: &str) -> Self {
        let is_below =
            |place: &str| route.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let reads = method.is_safe() || (is_below("/api/items") && route.ends_with("/verify"));
        if is_below("/api/keys") {
            Self::Keys
        } else if is_below("/lfs") {
            Self::Of(Scope::Lfs)
        } else if is_below("/api/webhooks") || is_below("/api/webhook-deliveries") {
            Self::Of(Scope::Webhooks)
        } else if reads {
            Self::Of(Scope::Read)
        } else if route.ends_with("/force-release") || is_below("/api/approvals") {
            Self::Of(Scope::Override)
        } else {
            Self::Of(Scope::Edit)
        }
    }

    /// Whether nothing is changed by it.
    pub fn only_reads(self) -> bool {
        self == Self::Of(Scope::Read)
    }

    /// 403 unless a key with these scopes may ask for it; without any, it may all that its role allows.
    pub fn require(self, scopes: Option<&[Scope]>) -> Result<()> {
        let Self::Of(asked) = self else {
            return Err(Problem::forbidden("keys are looked after with a token, not with a key"));
        };
        match scopes {
            Some(scopes) if !scopes.iter().any(|scope| scope.includes(asked)) => Err(out_of_scope(asked)),
            _ => Ok(()),
        }
    }
}

impl Scope {
    fn includes(self, asked: Self) -> bool {
        match self {
            Self::Read | Self::Lfs | Self::Webhooks => self == asked,
            Self::Edit | Self::Override => asked <= self,
        }
    }
}

fn out_of_scope(asked: Scope) -> Problem {
    let detail = format!("this key isn't for that: it lacks the scope {asked:?}").to_lowercase();
    Problem::new(StatusCode::FORBIDDEN, "out_of_scope", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_asks_for_a_scope() {
        let session = "/api/items/{part_number}/edit-sessions/{session_id}";
        for (method, route, asked) in [
            (Method::GET, "/api/items/{part_number}".to_owned(), Asked::Of(Scope::Read)),
            (Method::GET, "/api/approvals".to_owned(), Asked::Of(Scope::Read)),
            (Method::GET, "/metrics".to_owned(), Asked::Of(Scope::Read)),
            (Method::POST, format!("{session}/verify"), Asked::Of(Scope::Read)),
            (Method::POST, format!("{session}/renew"), Asked::Of(Scope::Edit)),
            (Method::POST, "/api/workstations".to_owned(), Asked::Of(Scope::Edit)),
            (Method::DELETE, format!("{session}/force-release"), Asked::Of(Scope::Override)),
            (Method::POST, "/api/approvals/{id}/sign".to_owned(), Asked::Of(Scope::Override)),
            (Method::GET, "/lfs/{repository}/locks".to_owned(), Asked::Of(Scope::Lfs)),
            (Method::GET, "/api/webhooks".to_owned(), Asked::Of(Scope::Webhooks)),
            (Method::POST, "/api/webhook-deliveries/{id}/retry".to_owned(), Asked::Of(Scope::Webhooks)),
            (Method::GET, "/api/keys".to_owned(), Asked::Keys),
            (Method::GET, "/api/keystones".to_owned(), Asked::Of(Scope::Read)),
        ] {
            assert_eq!(Asked::of(&method, &route), asked, "{method} {route}");
        }
    }

    #[test]
    fn scopes_include_the_ones_before() {
        let all = [Scope::Read, Scope::Edit, Scope::Override, Scope::Lfs, Scope::Webhooks];
        for (scope, includes) in [
            (Scope::Read, vec![Scope::Read]),
            (Scope::Edit, vec![Scope::Read, Scope::Edit]),
            (Scope::Override, vec![Scope::Read, Scope::Edit, Scope::Override]),
            (Scope::Lfs, vec![Scope::Lfs]),
            (Scope::Webhooks, vec![Scope::Webhooks]),
        ] {
            let allowed: Vec<_> =
                all.into_iter().filter(|asked| Asked::Of(*asked).require(Some(&[scope])).is_ok()).collect();
            assert_eq!(allowed, includes);
        }
        assert!(all.into_iter().all(|asked| Asked::Of(asked).require(None).is_ok()));
        assert_eq!(Asked::Of(Scope::Edit).require(Some(&[Scope::Read])).unwrap_err().code(), "out_of_scope");
        assert_eq!(Asked::Keys.require(None).unwrap_err().code(), "forbidden");
    }
}
