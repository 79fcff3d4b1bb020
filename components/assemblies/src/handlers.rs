//! One function for each route.

use axum::Json as Document;
use baton_core::access::{look, require_edit, unknown_item};
use baton_core::auth::{Editor, Viewer};
use baton_core::db::Database;
use baton_core::extract::{Json, Path, Query};
use baton_core::page::PageQuery;
use baton_core::problem::ProblemDocument;
use baton_core::{Problem, Result};

use crate::model::{Children, DepthQuery, Parents, SetChildren, cycle};
use crate::store::{self, Direction, Linked};

/// The largest body of children, in bytes: 10,000 part numbers of 128 characters, in quotes and with a comma, take 1.3 MB. Who sends
/// far too many is told so.
const BODY_MAX: usize = 4 * 1024 * 1024;

/// Says what an item is made of, up to 10,000 parts; items come into being by it. The body may have 4 MiB. A tree session on the
/// item, or on one that it is a part of, holds what comes and lets go what leaves. Answers with all of its children.
#[utoipa::path(put, path = "/api/items/{part_number}/children", tag = "assemblies",
    params(("part_number" = String, Path)), request_body = SetChildren,
    responses((status = 200, body = Children),
        (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument, description = "it, or a child, is hidden"),
        (status = 409, body = ProblemDocument,
            description = "`held`, with up to 100 `holders`: somebody else's session would come under a tree session"),
        (status = 422, body = ProblemDocument,
            description = "`cycle`, with the member `children`: those by which the item would be made of itself")))]
pub async fn set_children(
    Editor(caller): Editor,
    path: Path,
    Json(wanted): Json<SetChildren, BODY_MAX>,
) -> Result<Document<Children>> {
    let part_number = path.part_number()?;
    let children = wanted.check(&part_number)?;
    let database = Database::open().await?;
    let Linked { may, cycles, holders, children } =
        store::set_children(&database, &caller, part_number.as_str(), &children).await?;
    require_edit(may, unknown_item)?;
    if !cycles.is_empty() {
        return Err(cycle(&cycles));
    }
    if !holders.is_empty() {
        let detail = "somebody else's session would come under a tree session";
        return Err(Problem::conflict("held", detail).with("holders", holders.into()));
    }
    Ok(Document(Children { children, cursor: None }))
}

/// What an item is made of, each part once with its least depth.
#[utoipa::path(get, path = "/api/items/{part_number}/children", tag = "assemblies",
    params(("part_number" = String, Path), DepthQuery, PageQuery),
    responses((status = 200, body = Children), (status = 404, body = ProblemDocument)))]
pub async fn children(
    Viewer(caller): Viewer,
    path: Path,
    Query(depth): Query<DepthQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Document<Children>> {
    let (part_number, depth, page) = (path.part_number()?, depth.check()?, page.check()?);
    let database = Database::open().await?;
    look(&database, &caller, part_number.as_str(), unknown_item).await?;
    let (children, cursor) =
        store::relatives(&database, &caller, part_number.as_str(), Direction::Down, depth, page).await?;
    Ok(Document(Children { children, cursor }))
}

/// What an item is a part of, each assembly once with its least depth.
#[utoipa::path(get, path = "/api/items/{part_number}/parents", tag = "assemblies",
    params(("part_number" = String, Path), DepthQuery, PageQuery),
    responses((status = 200, body = Parents), (status = 404, body = ProblemDocument)))]
pub async fn parents(
    Viewer(caller): Viewer,
    path: Path,
    Query(depth): Query<DepthQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Document<Parents>> {
    let (part_number, depth, page) = (path.part_number()?, depth.check()?, page.check()?);
    let database = Database::open().await?;
    look(&database, &caller, part_number.as_str(), unknown_item).await?;
    let (parents, cursor) =
        store::relatives(&database, &caller, part_number.as_str(), Direction::Up, depth, page).await?;
    Ok(Document(Parents { parents, cursor }))
}
