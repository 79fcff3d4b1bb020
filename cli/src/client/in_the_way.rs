//! Who is in the way of somebody who wants a part.

use baton_client::Error;
use serde_json::Value;

use super::failure::Failure;
use super::show;

/// Why parts can't be had, with who has them and how to ask.
pub fn told(parts: &str, error: Error) -> Failure {
    let told = match &error {
        Error::Refused(refused) => line(parts, &refused.document),
        _ => None,
    };
    let failure = Failure::from(error);
    match told {
        Some(told) => failure.told(told),
        None => failure,
    }
}

/// The same, for one who waits.
pub fn waiting(failure: &Failure) -> String {
    let first = failure.told.split(". ").next().unwrap_or_default();
    format!("{first}. Waiting")
}

fn line(parts: &str, document: &Value) -> Option<String> {
    if let Some(holders) = document["holders"].as_array() {
        let each = holders.iter().map(|one| held(&show::text(one, "part_number"), &one["holder"]));
        return Some(each.collect::<Vec<_>>().join("\n"));
    }
    if document["holder"].is_object() {
        return Some(held(parts, &document["holder"]));
    }
    if let Some(reservations) = document["reservations"].as_array() {
        return Some(reservations.iter().map(reserved).collect::<Vec<_>>().join("\n"));
    }
    if document["first"].is_object() {
        let user = show::text(&document["first"], "user");
        return Some(format!("{user} is first in line for {parts}. To stand in line: baton acquire {parts} --wait"));
    }
    None
}

fn held(part: &str, holder: &Value) -> String {
    let whole = show::text(holder, "part_number");
    if holder["scope"] == "tree" && !whole.is_empty() && whole != part {
        let (who, argument) = (show::holder(holder), show::argument(&whole));
        return format!("{part} is held with {whole} by {who}. To ask: baton ask {argument}");
    }
    format!("{part} is held by {}. To ask: baton ask {}", show::holder(holder), show::argument(part))
}

fn reserved(reservation: &Value) -> String {
    let [user, from, until] = ["user", "starts_at", "ends_at"].map(|member| show::text(reservation, member));
    let parts = reservation["part_numbers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let parts = show::plain(&parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "));
    format!("{parts} is reserved by {user} from {from} to {until}")
}

#[cfg(test)]
mod tests {
    use baton_client::Refused;
    use serde_json::json;

    use super::*;
    use crate::client::failure::Code;

    fn refused(document: Value) -> Failure {
        told("F01", Error::Refused(Refused { status: 409, document }))
    }

    #[test]
    fn who_is_in_the_way_is_told_with_how_to_ask() {
        let one = refused(json!({ "code": "held", "holder": { "user": "bob", "acquired_at": "" } }));
        assert_eq!(one.code, Code::Held);
        assert!(one.told.contains("bob") && one.told.ends_with("baton ask F01"), "{}", one.told);
        assert!(waiting(&one).ends_with(". Waiting"));
        let held =
            |part: &str, user: &str| json!({ "part_number": part, "holder": { "user": user, "acquired_at": "" } });
        let several = refused(json!({ "code": "held", "holders": [held("A", "ann"), held("B", "bob")] }));
        assert!(several.told.lines().count() == 2 && several.told.contains("B is held by bob"), "{}", several.told);
        let tree = json!({ "user": "bob", "acquired_at": "", "part_number": "GB", "scope": "tree" });
        let tree = refused(json!({ "code": "held", "holder": tree }));
        assert!(tree.told.contains("held with GB by bob") && tree.told.ends_with("baton ask GB"), "{}", tree.told);
        let line = refused(json!({ "code": "in_line", "first": { "user": "cleo" } }));
        assert!(line.code == Code::Held && line.told.starts_with("cleo is first"), "{}", line.told);
        let reservation = json!({ "user": "dora", "part_numbers": ["A"], "starts_at": "nine", "ends_at": "ten" });
        let reserved = refused(json!({ "code": "reserved", "reservations": [reservation] }));
        assert_eq!((reserved.code, reserved.told.as_str()), (Code::Held, "A is reserved by dora from nine to ten"));
    }
}
