//! Which component answers which path, by Spin's rules: a literal segment counts before `:name`, and that before `...`.

use anyhow::{Result, anyhow};
use routefinder::{RouteSpec, Router};

/// The routes of an application.
#[derive(Debug, Default)]
pub struct Routes {
    router: Router<Target>,
}

/// A route of the manifest, and what answers it.
#[derive(Debug)]
struct Target {
    component: String,
    route: String,
}

/// What a path leads to.
#[derive(Debug, PartialEq)]
pub struct RouteMatch<'a> {
    /// The component that answers.
    pub component: &'a str,
    /// The route, as it stands in the manifest.
    pub route: &'a str,
    /// What stands in the place of `/...`: empty, or beginning with a slash.
    pub path_info: String,
    /// What stands in the places of `:name` segments.
    pub captures: Vec<(String, String)>,
}

impl Routes {
    /// Adds a route.
    ///
    /// Errors: it is no valid route.
    pub fn add(&mut self, route: &str, component: &str) -> Result<()> {
        let rooted = format!("/{}", route.strip_prefix('/').unwrap_or(route));
        let trimmed = rooted.strip_suffix('/').unwrap_or(&rooted);
        let spec = match trimmed.strip_suffix("/...") {
            Some(prefix) => format!("{prefix}/*"),
            None => trimmed.to_owned(),
        };
        let spec: RouteSpec = spec.as_str().try_into().map_err(|error| anyhow!("route {route:?}: {error}"))?;
        let target = Target { component: component.to_owned(), route: route.to_owned() };
        self.router.add(spec, target).map_err(|error| anyhow!("route {route:?}: {error}"))
    }

    /// What a path leads to; none if no route fits it.
    pub fn find<'a>(&'a self, path: &str) -> Option<RouteMatch<'a>> {
        let found = self.router.best_match(path)?;
        let captures = found.captures();
        let path_info = match captures.wildcard() {
            None => String::new(),
            Some(rest) => path_info(rest, path),
        };
        let target = found.handler();
        Some(RouteMatch {
            component: &target.component,
            route: &target.route,
            path_info,
            captures: captures.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        })
    }

    /// Each route with its component, the most particular first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.router.iter().map(|(_, target)| (&*target.route, &*target.component))
    }
}

/// Spin keeps a slash at the end of a path, and puts one in front.
fn path_info(rest: &str, path: &str) -> String {
    let end = if path.ends_with('/') { "/" } else { "" };
    if rest.is_empty() { end.to_owned() } else { format!("/{rest}{end}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let mut routes = Routes::default();
        for (route, component) in [
            ("/...", "service"),
            ("/api/items/...", "items"),
            ("/api/items/:part/sessions/:id/handoff", "handoff"),
            ("/api/items/:part/sessions/...", "sessions"),
            ("/api/events", "events"),
        ] {
            routes.add(route, component).unwrap();
        }
        routes
    }

    #[test]
    fn the_most_particular_route_answers() {
        let routes = routes();
        for (path, component) in [
            ("/", "service"),
            ("/api", "service"),
            ("/api/events", "events"),
            ("/api/events/", "events"),
            ("/api/events/1", "service"),
            ("/api/items", "items"),
            ("/api/items/F01-0001", "items"),
            ("/api/items/F01-0001/sessions", "sessions"),
            ("/api/items/F01-0001/sessions/7", "sessions"),
            ("/api/items/F01-0001/sessions/7/handoff", "handoff"),
            ("/api/items/F01-0001/sessions/7/other", "sessions"),
        ] {
            assert_eq!(routes.find(path).unwrap().component, component, "{path}");
        }
    }

    #[test]
    fn captures_and_the_rest_are_passed_on() {
        let routes = routes();
        let found = routes.find("/api/items/F01/sessions/7/handoff").unwrap();
        let expected = [("part", "F01"), ("id", "7")];
        assert_eq!(found.captures, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(found.path_info, "");
        assert_eq!(routes.find("/api/items/a/b").unwrap().path_info, "/a/b");
        assert_eq!(routes.find("/api/items/a/").unwrap().path_info, "/a/");
        assert_eq!(routes.find("/api/items").unwrap().path_info, "");
        assert_eq!(routes.find("/api/items/").unwrap().path_info, "/");
    }

    #[test]
    fn a_path_without_a_route_leads_nowhere() {
        let mut routes = Routes::default();
        routes.add("/only", "one").unwrap();
        assert_eq!(routes.find("/other"), None);
    }
}
