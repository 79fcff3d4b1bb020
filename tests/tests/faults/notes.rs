//! What a client writes down.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use baton_tests::Call;
use baton_tests::history::{Acknowledged, Answers, Defect, Rule, Sighting, check_answer};
use baton_tests::unique;
use serde_json::Value;

use crate::since;

/// All that the rules want to know.
#[derive(Default)]
pub struct Notes {
    pub acknowledged: Vec<Acknowledged>,
    pub refused: HashSet<String>,
    pub sightings: Vec<Sighting>,
    pub answers: Answers,
    pub defects: Vec<Defect>,
}

/// An answer that the contract has for the request.
pub struct Answer {
    pub status: u16,
    pub body: Value,
    /// The request's id.
    pub request: String,
    /// When it was sent, and when all of the answer was there.
    pub asked: Duration,
    pub answered: Duration,
}

impl Notes {
    /// Sends a request, and notes what comes. Nothing, where the answer got lost or is to come back later: then the client
    /// doesn't know what has become of its request.
    pub fn ask(&mut self, began: Instant, what: &str, call: Call<'_>, expected: &[u16]) -> Option<Answer> {
        let request = unique::uuid();
        let asked = since(began);
        let sent = call.header("x-request-id", &request).open();
        let read = sent.and_then(|mut response| {
            let status = response.status().as_u16();
            let says_when = response.headers().contains_key("retry-after");
            let of = response.headers().get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
            Ok((status, says_when, of, response.body_mut().with_config().limit(64 << 20).read_to_vec()?))
        });
        let Ok((status, says_when, of, body)) = read else {
            *self.answers.entry(0).or_default() += 1;
            return None;
        };
        let answered = since(began);
        *self.answers.entry(status).or_default() += 1;
        if of.as_ref() != Some(&request) {
            let detail = format!("{what} is answered by what belongs to {of:?} (request id {request})");
            self.defects.push(Defect::new(Rule::Answers, detail));
        }
        if let Some(mut defect) = check_answer(what, status, says_when, expected) {
            defect.detail.push_str(&format!(" (request id {request}) {}", String::from_utf8_lossy(&body)));
            self.defects.push(defect);
            return None;
        }
        if status == 503 || status == 429 {
            return None;
        }
        let body = if body.is_empty() { Value::Null } else { self.parse(what, &body)? };
        if status >= 400 {
            self.refused.insert(request.clone());
        }
        Some(Answer { status, body, request, asked, answered })
    }

    fn parse(&mut self, what: &str, body: &[u8]) -> Option<Value> {
        let parsed = serde_json::from_slice(body);
        if let Err(error) = &parsed {
            let text = String::from_utf8_lossy(body);
            self.defects.push(Defect::new(Rule::Answers, format!("{what} is answered by no JSON ({error}): {text}")));
        }
        parsed.ok()
    }

    /// Notes that a change was acknowledged.
    pub fn acknowledge(&mut self, action: &'static str, resource: &str, request: Option<&str>) {
        let (resource, request) = (resource.to_owned(), request.map(str::to_owned));
        self.acknowledged.push(Acknowledged { action, resource, request });
    }

    /// Notes that the server has called this session the one.
    pub fn sight(&mut self, session: &Value, answer: &Answer) {
        let text = |member: &str| session[member].as_str().map(str::to_owned);
        self.sightings.push(Sighting {
            part: text("part_number").unwrap_or_default(),
            object: text("object_id"),
            workstation: text("workstation_id").unwrap_or_default(),
            fence: session["fence"].as_i64().unwrap_or_default(),
            asked: answer.asked,
            answered: answer.answered,
        });
    }

    /// Takes in what another client has noted.
    pub fn add(&mut self, other: Self) {
        self.acknowledged.extend(other.acknowledged);
        self.refused.extend(other.refused);
        self.sightings.extend(other.sightings);
        self.defects.extend(other.defects);
        other.answers.into_iter().for_each(|(status, count)| *self.answers.entry(status).or_default() += count);
    }
}
