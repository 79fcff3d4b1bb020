//! Which of several is meant, where people don't copy ids.

use serde_json::Value;

use super::failure::Failure;
use super::show;

/// How much of an id is shown, and how much of one is enough to be taken for one. Ids begin with the time at which they were
/// made, so those that were made together differ at their ends.
const SHORT: usize = 6;

/// The end of an id, which tells it from others.
pub fn short(document: &Value) -> String {
    let id = show::text(document, "id");
    id[id.len().saturating_sub(SHORT)..].to_owned()
}

/// The id of the only one that is named: by its id, by how that begins or ends, or by one of its `names`. Without a name, the only
/// one that there is. A whole id that isn't known is taken as it is, for the API to judge.
///
/// Errors: there is none, or there are several, which are told by `line`.
pub fn one<const N: usize>(
    what: &str,
    all: &[Value],
    named: Option<&str>,
    names: impl Fn(&Value) -> [String; N],
    line: impl Fn(&Value) -> String,
) -> Result<String, Failure> {
    let is_meant = |document: &&Value| match named {
        None => true,
        Some(named) => is_id(document, named) || names(document).iter().any(|name| name == named),
    };
    let meant: Vec<_> = all.iter().filter(is_meant).collect();
    match (meant.as_slice(), named) {
        ([one], _) => Ok(show::text(one, "id")),
        ([], Some(id)) if uuid(id) => Ok(id.to_owned()),
        ([], Some(named)) => Err(Failure::failed(format!("There is no {what} {:?}", show::plain(named)))),
        ([], None) => Err(Failure::failed(format!("There is no {what}"))),
        (several, _) => {
            let lines: Vec<_> = several.iter().map(|one| line(one)).collect();
            Err(Failure::misused(format!("Which {what}?\n{}", lines.join("\n"))))
        }
    }
}

fn is_id(document: &Value, named: &str) -> bool {
    let id = document["id"].as_str().unwrap_or_default();
    named.len() >= SHORT && (id.starts_with(named) || id.ends_with(named))
}

fn uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::client::failure::Code;

    fn pick(named: Option<&str>) -> Result<String, Code> {
        let all = [json!({ "id": "0000-aaaaaa", "part": "F1" }), json!({ "id": "0000-bbbbbb", "part": "F2" })];
        let picked = one("request", &all, named, |one| [show::text(one, "part")], short);
        picked.map_err(|failure| failure.code)
    }

    #[test]
    fn one_is_meant_by_its_id_or_by_a_name() {
        assert_eq!(pick(Some("bbbbbb")).unwrap(), "0000-bbbbbb");
        assert_eq!(pick(Some("F1")).unwrap(), "0000-aaaaaa");
        assert_eq!(pick(Some("0000-a")).unwrap(), "0000-aaaaaa");
        assert_eq!(pick(None), Err(Code::Misused), "there are two");
        assert_eq!(pick(Some("F3")), Err(Code::Failed));
        let unknown = "01a1ff56-6c57-75d5-8150-30a699f42259";
        assert_eq!(pick(Some(unknown)).unwrap(), unknown);
    }
}
