//! What a Prometheus asks for (contract, "Metrics and statistics"): text in its exposition format 0.0.4.

use std::fmt::Write;

use axum::http::header;
use axum::response::IntoResponse;
use baton_core::auth::Admin;
use baton_core::db::{Database, Row, params};
use baton_core::problem::ProblemDocument;
use baton_core::{Problem, Result};

/// The content type of the format.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What there is of one thing now: its name, what it means, and the column of [`NOW`] that holds it.
const GAUGES: [(&str, &str, usize); 10] = [
    ("baton_sessions_active", "Edit sessions that are held", 0),
    ("baton_items", "Items that are known", 1),
    ("baton_workstations", "Workstations that are registered", 2),
    ("baton_line_waiting", "Requests that stand in line", 3),
    ("baton_handoff_requests_pending", "Requests for a session that nobody has answered, those in line included", 4),
    ("baton_approvals_open", "Approvals that wait for signatures", 5),
    ("baton_audit_head", "The newest entry of the audit log", 6),
    ("baton_event_head", "The newest event", 7),
    ("baton_webhooks_enabled", "Webhooks that are on", 8),
    (
        "baton_webhooks_failing",
        "Webhooks that nothing has been delivered to since an attempt failed, those turned off included",
        9,
    ),
];

const NOW: &str = "
    SELECT (SELECT count(*) FROM sessions WHERE ended_at IS NULL AND expires_at > (SELECT now FROM clock)),
           (SELECT count(*) FROM items),
           (SELECT count(*) FROM workstations),
           (SELECT count(*) FROM handoff_requests WHERE status = 'pending' AND place IS NOT NULL),
           (SELECT count(*) FROM handoff_requests WHERE status = 'pending'),
           (SELECT count(*) FROM approvals WHERE is_open),
           coalesce((SELECT max(seq) FROM audit), 0),
           (SELECT seq FROM log_head),
           (SELECT count(*) FROM webhooks WHERE enabled),
           (SELECT count(*) FROM webhooks WHERE failing_since IS NOT NULL)";

/// How many changes there were of each kind. Those that are sealed are counted by their index.
const CHANGES: &str = "
    SELECT action, sum(counted)
    FROM (SELECT action, count(*) AS counted FROM audit WHERE hash IS NOT NULL GROUP BY action
          UNION ALL SELECT action, count(*) FROM audit WHERE hash IS NULL GROUP BY action)
    GROUP BY action ORDER BY action";

/// How many deliveries there are of each state, of which each is told, also where there is none.
const DELIVERIES: &str = "
    SELECT s.column1, coalesce(d.counted, 0)
    FROM (VALUES ('pending'), ('delivered'), ('failed')) s
    LEFT JOIN (SELECT state, count(*) AS counted FROM webhook_deliveries GROUP BY state) d ON d.state = s.column1";

/// Sessions, line, approvals, webhooks, changes by action, and how far the logs go, as text for Prometheus.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "health",
    responses((status = 200, body = String, content_type = "text/plain; version=0.0.4; charset=utf-8"),
        (status = 403, body = ProblemDocument), (status = 503, body = ProblemDocument)))]
pub async fn metrics(_: Admin) -> Result<impl IntoResponse> {
    let database = Database::open().await?;
    let now = database.row(NOW, params![]).await?.ok_or_else(|| Problem::unavailable("nothing was counted"))?;
    let changes = database.rows(CHANGES, params![]).await?;
    let deliveries = database.rows(DELIVERIES, params![]).await?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], written(&now, &changes, &deliveries)))
}

fn written(now: &Row, changes: &[Row], deliveries: &[Row]) -> String {
    let mut text = String::new();
    for (name, help, column) in GAUGES {
        let value: i64 = now.get(column).unwrap_or(0);
        _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");
    }
    let changes =
        labelled("counter", "baton_changes_total", "Entries of the audit log, by what happened", "action", changes);
    let help = "What there was to be sent to webhooks, as far as it is kept, by what has become of it";
    text + &changes + &labelled("gauge", "baton_webhook_deliveries", help, "state", deliveries)
}

/// What there is of one thing for each value of a label; rows of that value and a number.
fn labelled(kind: &str, name: &str, help: &str, label: &str, rows: &[Row]) -> String {
    let mut text = format!("# HELP {name} {help}\n# TYPE {name} {kind}\n");
    for row in rows {
        let (value, count): (&str, i64) = (row.get(0).unwrap_or_default(), row.get(1).unwrap_or(0));
        _ = writeln!(text, "{name}{{{label}=\"{}\"}} {count}", escaped(value));
    }
    text
}

/// The value of a label.
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_can_not_end_its_line() {
        assert_eq!(escaped("a\"} 1\nb\\"), r#"a\"} 1\nb\\"#);
    }
}
