//! What goes in and out.

use std::collections::HashSet;

use baton_core::access::Right;
use baton_core::auth::name;
use baton_core::extract::Path;
use baton_core::pattern::Pattern;
use baton_core::problem::FieldError;
use baton_core::text::{Name, PartNumber};
use baton_core::written::Written;
use baton_core::{Problem, Result};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::ToSchema;

/// How many members a team has at most.
const MEMBERS_MAX: usize = 1_000;

/// How many rules there are at most.
const RULES_MAX: usize = 5_000;

/// A team's name: 1 to 128 characters as in a part number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[schema(value_type = String, example = "gearbox", pattern = "^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$")]
pub struct TeamName(String);

impl TeamName {
    /// The segment `{name}` of a path: 422 if it is none.
    pub fn of(path: &Path) -> Result<Self> {
        Self::parse(path.text("name")).map_err(|detail| Problem::invalid("name", detail))
    }

    fn parse(text: &str) -> Result<Self, String> {
        PartNumber::parse(text).map(|name| Self(name.as_str().to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for TeamName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// Who is to be in a team.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SetTeam {
    /// Its members, each once.
    #[schema(max_items = 1000)]
    members: Vec<SetMember>,
}

/// A member that a team is to have.
#[derive(Debug, Deserialize, ToSchema)]
struct SetMember {
    /// The user, who needn't have used Baton yet.
    user: Name,
    /// Whether the user is a lead of the team; not if absent.
    lead: Option<bool>,
}

/// A checked member.
#[derive(Debug)]
pub struct CheckedMember {
    /// What all spellings of the name have in common.
    pub key: String,
    /// The name.
    pub user: String,
    /// Whether the user is a lead of the team.
    pub lead: bool,
}

impl SetTeam {
    /// 422 for more members than a team may have, for one that is named twice, and for what is nobody's name.
    pub fn check(self) -> Result<Vec<CheckedMember>> {
        if self.members.len() > MEMBERS_MAX {
            return Err(Problem::invalid("members", format!("must have at most {MEMBERS_MAX} members")));
        }
        let mut seen = HashSet::new();
        let mut errors = Vec::new();
        let mut members = Vec::with_capacity(self.members.len());
        for (place, SetMember { user, lead }) in self.members.into_iter().enumerate() {
            let key = name::key(user.as_str());
            let wrong = if name::is_nobodys(user.as_str()) {
                Some("is nobody's name")
            } else if !seen.insert(key.clone()) {
                Some("is named twice")
            } else {
                None
            };
            if let Some(detail) = wrong {
                errors.push(FieldError { field: format!("members[{place}].user"), detail: detail.to_owned() });
            }
            members.push(CheckedMember { key, user: user.as_str().to_owned(), lead: lead.unwrap_or(false) });
        }
        if errors.is_empty() { Ok(members) } else { Err(Problem::invalid_fields(errors)) }
    }
}

/// A member of a team.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TeamMember)]
pub struct Member {
    /// The user, by the spelling that came first.
    pub user: String,
    /// Whether the user is a lead of the team.
    pub lead: bool,
}

/// A team.
#[derive(Debug, Serialize, ToSchema)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// Its members, in the order in which they were named.
    pub members: Vec<Member>,
    /// When it was set up.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was set up last.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A page of teams.
#[derive(Debug, Serialize, ToSchema)]
pub struct Teams {
    /// The teams, oldest first.
    #[schema(value_type = Vec<Team>)]
    pub teams: Vec<Written<Team>>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// What everybody may where no prefix fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DefaultRight {
    /// To edit.
    Edit,
    /// To look.
    View,
    /// Nothing.
    None,
}

impl DefaultRight {
    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::View => "view",
            Self::None => "none",
        }
    }
}

/// How names begin that a rule is about: of part numbers, or of a path in a repository with the repository before it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[schema(value_type = String, example = "GB-", pattern = r"^([A-Za-z0-9][A-Za-z0-9._~-]{0,127}|[A-Za-z0-9][A-Za-z0-9._~-]{0,63}/(?!/)(?!(.*/)?\.\./)[^\\*\u0000-\u001f\u007f-\u009f]{0,1024})$")]
pub struct Prefix(String);

impl Prefix {
    fn parse(text: &str) -> Result<Self, String> {
        match Pattern::parse_names(&format!("{text}*"))? {
            Pattern::Beginning(beginning) if !beginning.is_empty() => Ok(Self(beginning)),
            _ => Err("must not be empty: what holds everywhere is the default".to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for Prefix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// What a team may on all items whose names begin so.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = AccessRule)]
pub struct Rule {
    /// How their names begin.
    pub prefix: Prefix,
    /// The team, which there must be.
    pub team: TeamName,
    /// What it may. With `lead` its leads are leads there, and its others may edit.
    pub may: Right,
}

/// Who may what.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Access {
    /// What everybody may where no prefix fits.
    pub default: DefaultRight,
    /// What the teams may elsewhere, each prefix and team once.
    #[schema(max_items = 5000)]
    pub rules: Vec<Rule>,
}

impl Access {
    /// 422 for more rules than there may be, and for two with the same prefix and team.
    pub fn check(&self) -> Result<()> {
        if self.rules.len() > RULES_MAX {
            return Err(Problem::invalid("rules", format!("must have at most {RULES_MAX} members")));
        }
        let mut seen = HashSet::new();
        let twice = self.rules.iter().enumerate().filter(|(_, rule)| !seen.insert((&rule.prefix, &rule.team)));
        let detail = "has the prefix and the team of a rule before it";
        let errors: Vec<_> = twice
            .map(|(place, _)| FieldError { field: format!("rules[{place}]"), detail: detail.to_owned() })
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_fields(errors)) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    #[test]
    fn a_team_has_each_member_once() {
        let check = |members: Value| from_value::<SetTeam>(json!({ "members": members })).ok().map(SetTeam::check);
        let members = check(json!([{ "user": "Anna", "lead": true }, { "user": "ben" }])).unwrap().unwrap();
        assert_eq!((members[0].key.as_str(), members[0].lead, members[1].lead), ("anna", true, false));
        assert!(check(json!([])).unwrap().is_ok());
        let twice = check(json!([{ "user": "Jürgen" }, { "user": "JU\u{308}RGEN" }])).unwrap().unwrap_err();
        assert_eq!(twice.detail(), "members[1].user: is named twice");
        assert_eq!(check(json!([{ "user": " System" }])).unwrap().unwrap_err().code(), "invalid");
        let many: Vec<_> = (0..=MEMBERS_MAX).map(|user| json!({ "user": format!("u{user}") })).collect();
        assert_eq!(check(json!(many)).unwrap().unwrap_err().code(), "invalid");
        for bad in
            [json!("anna"), json!(["anna"]), json!([{}]), json!([{ "user": "" }]), json!([{ "user": "a", "lead": 1 }])]
        {
            assert!(check(bad.clone()).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_rule_names_a_beginning_and_a_team_once() {
        let rule = |prefix: &str, team: &str| json!({ "prefix": prefix, "team": team, "may": "edit" });
        let check =
            |rules: Value| from_value::<Access>(json!({ "default": "none", "rules": rules })).ok().map(|it| it.check());
        assert!(check(json!([])).unwrap().is_ok());
        let good =
            json!([rule("GB-", "a"), rule("GB-", "b"), rule("GB-1", "a"), rule("cad/", "a"), rule("cad/x y/", "a")]);
        assert!(check(good).unwrap().is_ok());
        let twice = check(json!([rule("GB-", "a"), rule("GB-", "a")])).unwrap().unwrap_err();
        assert_eq!(twice.detail(), "rules[1]: has the prefix and the team of a rule before it");
        for bad in ["", "*", "GB-*", " GB", "GB\u{e4}", "/cad", "cad//x", "cad/../x", "cad/x*", "ca d/x"] {
            assert!(check(json!([rule(bad, "a")])).is_none(), "{bad:?}");
        }
        assert!(check(json!([rule("GB-", "")])).is_none() && check(json!([rule("GB-", "a b")])).is_none());
        assert!(from_value::<Access>(json!({ "default": "lead", "rules": [] })).is_err());
    }
}
