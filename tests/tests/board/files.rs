//! The page and its files, as any HTTP client gets them.

use baton_tests::{App, on_shared_app};

on_shared_app!(
    the_page_is_for_everybody,
    it_runs_nothing_but_its_own,
    what_a_browser_has_is_not_sent_again,
    head_tells_what_get_would,
    other_methods_and_files_are_refused,
    it_swallows_no_other_route,
);

fn the_page_is_for_everybody(app: &App) {
    let page = app.call("GET", "/").send();
    assert_eq!(page.status, 200, "{page}");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{page}");
    for (file, content_type) in [
        ("main.js", "text/javascript; charset=utf-8"),
        ("board.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ] {
        let response = app.call("GET", &format!("/board/{file}")).send();
        assert_eq!(response.status, 200, "{response}");
        assert_eq!(response.header("content-type"), Some(content_type), "{file}");
        assert!(String::from_utf8_lossy(&page.body).contains(&format!("board/{file}")), "the page has no {file}");
    }
}

fn it_runs_nothing_but_its_own(app: &App) {
    for path in ["/", "/board/main.js", "/board/icon.svg"] {
        let response = app.call("GET", path).send();
        let policy = response.header("content-security-policy").unwrap_or_default();
        for directive in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"] {
            assert!(policy.split("; ").any(|own| own == directive), "{path}: {policy:?} lacks {directive}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(response.header("referrer-policy"), Some("no-referrer"), "{path}");
    }
}

fn what_a_browser_has_is_not_sent_again(app: &App) {
    for path in ["/", "/board/main.js"] {
        let whole = app.call("GET", path).send();
        let etag = whole.header("etag").unwrap_or_else(|| panic!("no ETag: {whole}")).to_owned();
        assert_eq!(whole.header("cache-control"), Some("no-cache"), "{path}");
        let known = app.call("GET", path).header("If-None-Match", &etag).send();
        assert_eq!((known.status, known.body.len()), (304, 0), "{known}");
        assert_eq!(known.header("etag"), Some(etag.as_str()));
        let other = app.call("GET", path).header("If-None-Match", "\"another\"").send();
        assert_eq!(other.status, 200, "{other}");
    }
}

fn head_tells_what_get_would(app: &App) {
    for path in ["/", "/board/board.css"] {
        let (get, head) = (app.call("GET", path).send(), app.call("HEAD", path).send());
        assert_eq!((head.status, head.body.len()), (200, 0), "{head}");
        for header in ["content-type", "content-length", "etag"] {
            assert_eq!(head.header(header), get.header(header), "{header} of {path}");
        }
    }
}

fn other_methods_and_files_are_refused(app: &App) {
    for path in ["/", "/board/main.js"] {
        let response = app.call("POST", path).send();
        assert_eq!(response.header("allow"), Some("GET,HEAD"), "{response}");
        response.expect(405, "method_not_allowed");
    }
    for path in ["/board", "/board/", "/board/other.js", "/board/..%2fsrc%2flib.rs", "/board/index.html", "/board/a/b"]
    {
        app.call("GET", path).send().expect(404, "not_found");
    }
}

fn it_swallows_no_other_route(app: &App) {
    app.call("GET", "/healthz").send().ok(200);
    app.call("GET", "/api/edit-sessions").send().expect(401, "unauthorized");
    app.call("GET", "/nowhere").send().expect(404, "not_found");
    app.call("GET", "/api/nowhere").send().expect(404, "not_found");
}
