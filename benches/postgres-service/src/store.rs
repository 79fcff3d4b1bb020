//! The SQL, on kept connections.

use anyhow::{Context, Result};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use futures::future::try_join_all;
use tokio_postgres::types::ToSql;
use tokio_postgres::{NoTls, Row, Statement};
use uuid::Uuid;

use crate::model::{Acquire, Register, Session, Workstation};

const SCHEMA: &str = include_str!("../schema.sql");
const REGISTER: &str = include_str!("sql/register.sql");
const LOCK_ITEM: &str = include_str!("sql/lock_item.sql");
const EXPIRE: &str = include_str!("sql/expire.sql");
const GRANT: &str = include_str!("sql/grant.sql");
const RENEW: &str = include_str!("sql/renew.sql");
const HOLDER: &str = include_str!("sql/holder.sql");
const RELEASE: &str = include_str!("sql/release.sql");
const SESSION: &str = include_str!("sql/session.sql");

/// How long a session lasts if nobody says so, in seconds.
const TTL_SECONDS: u32 = 900;

/// The database.
#[derive(Clone)]
pub struct Store(Pool);

/// Who causes a change, by which request.
#[derive(Clone, Copy)]
pub struct Cause<'a> {
    /// The user.
    pub user: &'a str,
    /// The request's id.
    pub request: &'a str,
}

/// What an acquire came to.
pub enum Acquired {
    /// A new session.
    Granted(Session),
    /// One that the workstation had.
    Renewed(Session),
    /// This session is in the way.
    Held(Session),
    /// The workstation isn't the caller's.
    NotOwn,
}

impl Store {
    /// Connects, and sets the schema up.
    pub async fn open(database: &str, connections: usize) -> Result<Self> {
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(database.parse().context("--database")?, NoTls, config);
        let pool = Pool::builder(manager).max_size(connections).build()?;
        pool.get().await?.batch_execute(SCHEMA).await.context("the schema")?;
        // Connected and prepared before anybody asks.
        let opened = try_join_all((0..connections).map(|_| pool.get())).await?;
        try_join_all(opened.iter().map(prepare_all)).await?;
        Ok(Self(pool))
    }

    /// Registers a workstation; none if its fingerprint is somebody else's.
    pub async fn register(&self, cause: Cause<'_>, wanted: &Register) -> Result<Option<Workstation>> {
        let Cause { user, request } = cause;
        let id = Uuid::now_v7();
        let row = self.row(REGISTER, &[&id, &user, &wanted.name, &wanted.fingerprint, &request]).await?;
        Ok(row.map(Workstation::try_from).transpose()?)
    }

    /// Acquires an item, or one object in it.
    pub async fn acquire(&self, cause: Cause<'_>, part_number: &str, wanted: &Acquire) -> Result<Acquired> {
        if let Some(session) = self.grant(cause, part_number, wanted).await? {
            return Ok(Acquired::Granted(session));
        }
        let Cause { user, request } = cause;
        let (workstation, object, ttl) = (&wanted.workstation_id, &wanted.object_id, ttl(wanted));
        if let Some(row) = self.row(RENEW, &[&part_number, workstation, &user, object, &ttl, &request]).await? {
            return Ok(Acquired::Renewed(row.try_into()?));
        }
        let holder = self.row(HOLDER, &[&part_number, object]).await?;
        Ok(holder.map(Session::try_from).transpose()?.map_or(Acquired::NotOwn, Acquired::Held))
    }

    /// One transaction in one message: its statements are sent one after the other, and their answers come together. They
    /// end it even if nobody waits for them any more.
    async fn grant(&self, cause: Cause<'_>, part_number: &str, wanted: &Acquire) -> Result<Option<Session>> {
        let connection = self.0.get().await?;
        let [lock, expire, grant] = [LOCK_ITEM, EXPIRE, GRANT].map(|statement| connection.prepare_cached(statement));
        let (lock, expire, grant) = (lock.await?, expire.await?, grant.await?);
        let (item, session, ttl) = (Uuid::now_v7(), Uuid::now_v7(), ttl(wanted));
        let level = wanted.context_level.as_deref().unwrap_or("part");
        let Cause { user, request } = cause;
        let item: &[&(dyn ToSql + Sync)] = &[&item, &part_number];
        let expired: &[&(dyn ToSql + Sync)] = &[&part_number, &request];
        let (workstation, object) = (&wanted.workstation_id, &wanted.object_id);
        let session: &[&(dyn ToSql + Sync)] =
            &[&session, &part_number, workstation, &user, &level, object, &ttl, &request];
        let ((), _, _, row, ()) = futures::try_join!(
            connection.batch_execute("BEGIN"),
            connection.execute(&lock, item),
            connection.execute(&expire, expired),
            connection.query_opt(&grant, session),
            connection.batch_execute("COMMIT"),
        )?;
        Ok(row.map(Session::try_from).transpose()?)
    }

    /// Ends a session of one's own; false if there is none that is active.
    pub async fn release(&self, cause: Cause<'_>, part_number: &str, session: Uuid) -> Result<bool> {
        let row = self.row(RELEASE, &[&session, &part_number, &cause.user, &cause.request]).await?;
        Ok(row.is_some())
    }

    /// One session, active or over.
    pub async fn session(&self, part_number: &str, session: Uuid) -> Result<Option<Session>> {
        let row = self.row(SESSION, &[&session, &part_number]).await?;
        Ok(row.map(Session::try_from).transpose()?)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.0.get().await?.batch_execute("SELECT 1").await?)
    }

    async fn row(&self, statement: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>> {
        let connection = self.0.get().await?;
        let statement = connection.prepare_cached(statement).await?;
        Ok(connection.query_opt(&statement, parameters).await?)
    }
}

async fn prepare_all(connection: &Object) -> Result<Vec<Statement>> {
    let statements = [REGISTER, LOCK_ITEM, EXPIRE, GRANT, RENEW, HOLDER, RELEASE, SESSION];
    Ok(try_join_all(statements.map(|statement| connection.prepare_cached(statement))).await?)
}

fn ttl(wanted: &Acquire) -> f64 {
    f64::from(wanted.ttl_seconds.unwrap_or(TTL_SECONDS))
}
