//! An answer, and the checks that hold for every one of them.

use serde_json::Value;
use ureq::http::HeaderMap;

/// What the server answered.
#[derive(Debug)]
pub struct Response {
    what: String,
    /// The status code.
    pub status: u16,
    headers: HeaderMap,
    /// The body as it came.
    pub body: Vec<u8>,
}

/// What no error may show: the statement, the file or the code behind it.
const SECRETS: [&str; 8] =
    ["SELECT ", "INSERT ", "UPDATE ", "constraint failed", ".rs:", "/src/", "panicked", "sqlite_"];

impl Response {
    /// Takes an answer, and checks what holds for every one: a request id, and no 500 for any input.
    pub fn checked(what: String, status: u16, headers: HeaderMap, body: Vec<u8>) -> Self {
        let response = Self { what, status, headers, body };
        assert!(status < 500 || matches!(status, 501 | 503), "the server broke: {response}");
        assert!(response.header("x-request-id").is_some_and(|id| !id.is_empty()), "no X-Request-Id: {response}");
        response
    }

    /// A header's value, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("headers are ASCII"))
    }

    /// All values of a header.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().map(|value| value.to_str().expect("headers are ASCII")).collect()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("no JSON ({e}): {self}"))
    }

    /// The document of a success with exactly this status; null where there is nothing to say (204), and a calendar's text.
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self}");
        if self.body.is_empty() {
            return Value::Null;
        }
        let content_type = self.header("content-type").unwrap_or_default();
        if content_type.starts_with("text/calendar") {
            return String::from_utf8_lossy(&self.body).into();
        }
        let is_json =
            ["application/json", "application/vnd.git-lfs+json"].iter().any(|json| content_type.starts_with(json));
        assert!(is_json, "content type {content_type:?}: {self}");
        self.json()
    }

    /// Checks that this is an error with this status and code, and a whole problem document.
    pub fn expect(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{self}");
        let problem = self.problem();
        assert_eq!(problem["code"], code, "{self}");
        problem
    }

    /// Checks that this is an error with one of these statuses, for cases that the contract leaves open.
    pub fn expect_one_of(&self, statuses: &[u16]) -> Value {
        assert!(statuses.contains(&self.status), "none of {statuses:?}: {self}");
        self.problem()
    }

    /// Checks that this refuses a well-formed body because of this field.
    pub fn invalid(&self, field: &str) -> Value {
        let problem = self.expect(422, "invalid");
        let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("no errors: {self}"));
        assert!(errors.iter().any(|e| e["field"] == field), "no error for {field:?}: {self}");
        assert!(errors.iter().all(|e| is_filled(&e["detail"])), "an error without detail: {self}");
        problem
    }

    fn problem(&self) -> Value {
        let content_type = self.header("content-type").unwrap_or_default();
        assert!(content_type.starts_with("application/problem+json"), "content type {content_type:?}: {self}");
        let problem = self.json();
        for member in ["type", "title", "detail", "code"] {
            assert!(is_filled(&problem[member]), "a problem without {member:?}: {self}");
        }
        assert_eq!(problem["status"], self.status, "the problem's status is not the answer's: {self}");
        let code = problem["code"].as_str().unwrap_or_default();
        assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "the code is no snake_case word: {self}");
        let text = problem.to_string();
        let shown = SECRETS.iter().find(|secret| text.contains(*secret));
        assert_eq!(shown, None, "an error shows what is inside: {self}");
        problem
    }
}

impl std::fmt::Display for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body: String = String::from_utf8_lossy(&self.body).chars().take(2000).collect();
        let id = self.header("x-request-id").unwrap_or("none");
        write!(f, "{} -> {} (request id {id}) {body}", self.what, self.status)
    }
}

fn is_filled(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}
