//! One connection, used by one thread.

use super::address::PostgresUrl;
use super::error::{failed, is_race, not_connected};
use super::tls::connector;
use octopoid_core::store::{Result, StoreError};
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, watch};
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Client, Row, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A parameter of a statement that is sent without waiting for its answer.
pub(super) type Parameter = Box<dyn ToSql + Sync>;
/// Parameters of a statement.
pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];
type Sent = Pin<Box<dyn Future<Output = std::result::Result<u64, tokio_postgres::Error>>>>;

/// How long a statement may take that moves or removes everything.
const LONG: Duration = Duration::from_secs(3600);
/// Number of statements whose answers are waited for together, at most.
const MOST_SENT: usize = 1000;

/// Where and how to connect.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) url: Arc<PostgresUrl>,
    pub(super) timeout: Duration,
    tls: MakeRustlsConnect,
}

impl Connector {
    pub(super) fn new(url: PostgresUrl, timeout: Duration) -> Result<Self> {
        let tls = connector(&url)?;
        Ok(Self { url: Arc::new(url), timeout, tls })
    }

    /// Returns a session of the calling thread, which connects when it is first used.
    pub(super) fn session(&self) -> Result<Session> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|error| StoreError::unavailable("cannot wait for the database").with_source(error))?;
        Ok(Session { connector: self.clone(), runtime, live: None, raced: false, timeout: self.timeout })
    }
}

/// Connection with its prepared statements. Connects again when it is used after the connection was lost.
pub(super) struct Session {
    pub(super) connector: Connector,
    runtime: Runtime,
    live: Option<Live>,
    /// Whether a statement was refused that succeeds when its transaction is carried out again.
    raced: bool,
    /// Time after which a database that does not answer counts as lost, for the transaction under way.
    timeout: Duration,
}

struct Live {
    client: Arc<Client>,
    statements: HashMap<String, Statement>,
    /// Statements whose answers nobody has waited for.
    sent: Vec<Sent>,
    /// The highest number that a notification told of; the end of the connection is seen too.
    notified: watch::Receiver<u64>,
}

impl Session {
    /// Waits for something that the database does, and no longer than is agreed.
    fn wait<T>(
        &mut self,
        work: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let timeout = self.timeout;
        let done = self.runtime.block_on(async { tokio::time::timeout(timeout, work).await });
        match done {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                if self.live.as_ref().is_none_or(|live| live.client.is_closed()) || error.is_closed() {
                    self.live = None;
                }
                self.raced |= is_race(&error);
                Err(failed(error))
            }
            Err(_) => {
                self.live = None;
                Err(StoreError::unavailable("the database did not answer in time"))
            }
        }
    }

    /// Connects, unless it is connected. Returns whether the connection is new.
    pub(super) fn connect(&mut self) -> Result<bool> {
        if self.live.as_ref().is_some_and(|live| !live.client.is_closed()) {
            return Ok(false);
        }
        self.live = None;
        let Connector { url, tls, timeout } = self.connector.clone();
        let connecting = async { tokio::time::timeout(timeout, url.config.connect(tls)).await };
        let connected = self.runtime.block_on(connecting);
        let connected = connected.map_err(|_| {
            StoreError::unavailable(format!("cannot connect to the database {url}: it does not answer"))
        })?;
        let (client, mut connection) = connected.map_err(|error| not_connected(&url, error))?;
        let (heard, notified) = watch::channel(0);
        self.runtime.spawn(async move {
            while let Some(Ok(message)) =
                std::future::poll_fn(|context| connection.poll_message(context)).await
            {
                if let AsyncMessage::Notification(told) = message {
                    heard.send_replace(told.payload().parse().unwrap_or_default());
                }
            }
        });
        self.live =
            Some(Live { client: Arc::new(client), statements: HashMap::new(), sent: Vec::new(), notified });
        // A server that hangs in a transaction must not hold its locks for long. Statements are written for their indexes, and
        // prepared before the tables are full.
        let millis = self.connector.timeout.as_millis();
        let schema = &self.connector.url.schema.clone();
        self.batch(&format!(
            "SET search_path TO \"{schema}\"; SET lock_timeout TO {millis};
             SET idle_in_transaction_session_timeout TO {millis}; SET enable_seqscan TO off;
             SET enable_bitmapscan TO off; SET jit TO off; SET default_transaction_isolation TO 'read committed';
             SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')"
        ))?;
        Ok(true)
    }

    /// Sets how long the database may take for each answer from now on: as long as is usual, or as a large piece of work needs.
    pub(super) fn allow(&mut self, long: bool) {
        self.timeout = if long { LONG.max(self.connector.timeout) } else { self.connector.timeout };
    }

    /// Forgets the connection, and with it an open transaction.
    pub(super) fn disconnect(&mut self) {
        self.live = None;
    }

    fn live(&mut self) -> Result<&mut Live> {
        self.live.as_mut().ok_or_else(|| StoreError::unavailable("the connection to the database was lost"))
    }

    fn client(&mut self) -> Result<Arc<Client>> {
        Ok(Arc::clone(&self.live()?.client))
    }

    /// Runs statements without parameters.
    pub(super) fn batch(&mut self, sql: &str) -> Result<()> {
        let client = self.client()?;
        self.wait(client.batch_execute(sql))
    }

    fn statement(&mut self, sql: &str) -> Result<Statement> {
        if let Some(known) = self.live()?.statements.get(sql) {
            return Ok(known.clone());
        }
        let client = self.client()?;
        let prepared = self.wait(client.prepare(sql))?;
        self.live()?.statements.insert(sql.to_owned(), prepared.clone());
        Ok(prepared)
    }

    /// Returns the rows of a query.
    pub(super) fn rows(&mut self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>> {
        let (statement, client) = (self.statement(sql)?, self.client()?);
        self.wait(client.query(&statement, parameters))
    }

    /// Returns the first row of a query.
    pub(super) fn row(&mut self, sql: &str, parameters: Parameters<'_>) -> Result<Option<Row>> {
        Ok(self.rows(sql, parameters)?.into_iter().next())
    }

    /// Runs a statement to its end, and returns the number of its rows.
    pub(super) fn execute(&mut self, sql: &str, parameters: Parameters<'_>) -> Result<u64> {
        let (statement, client) = (self.statement(sql)?, self.client()?);
        self.wait(client.execute(&statement, parameters))
    }

    /// Runs statements without parameters and a query in one go.
    pub(super) fn batch_and_rows(
        &mut self,
        batch: &str,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>> {
        let (statement, client) = (self.statement(sql)?, self.client()?);
        self.wait(async {
            let (batch, rows) =
                tokio::join!(client.batch_execute(batch), client.query(&statement, parameters));
            batch?;
            rows
        })
    }

    /// Returns the rows of three queries, asked in one go.
    pub(super) fn rows_of_three(&mut self, queries: [(&str, Parameters<'_>); 3]) -> Result<[Vec<Row>; 3]> {
        let [one, two, three] = queries;
        let statements = (self.statement(one.0)?, self.statement(two.0)?, self.statement(three.0)?);
        let client = self.client()?;
        self.wait(async {
            let (one, two, three) = tokio::join!(
                client.query(&statements.0, one.1),
                client.query(&statements.1, two.1),
                client.query(&statements.2, three.1)
            );
            Ok([one?, two?, three?])
        })
    }

    /// Begins, takes locks and then asks for rows, in one go.
    pub(super) fn lock_and_row(
        &mut self,
        begin: &str,
        (lock, parameters): (&str, Parameters<'_>),
        sql: &str,
    ) -> Result<Vec<Row>> {
        let (lock, statement, client) = (self.statement(lock)?, self.statement(sql)?, self.client()?);
        self.wait(async {
            let (begun, locked, rows) = tokio::join!(
                client.batch_execute(begin),
                client.query(&lock, parameters),
                client.query(&statement, &[])
            );
            begun?;
            locked?;
            rows
        })
    }

    /// Sends a statement, and leaves its answer to [`Session::finish`].
    pub(super) fn send(&mut self, sql: &str, parameters: Vec<Parameter>) -> Result<()> {
        let (statement, client) = (self.statement(sql)?, self.client()?);
        let mut sent: Sent = Box::pin(async move {
            let parameters: Vec<&(dyn ToSql + Sync)> = parameters.iter().map(AsRef::as_ref).collect();
            client.execute(&statement, &parameters).await
        });
        let first = std::future::poll_fn(|context| std::task::Poll::Ready(sent.as_mut().poll(context)));
        match self.runtime.block_on(first) {
            std::task::Poll::Ready(done) => {
                // Before any answer could come, so the connection is over.
                self.live = None;
                done.map(drop).map_err(failed)
            }
            std::task::Poll::Pending => {
                let waiting = &mut self.live()?.sent;
                waiting.push(sent);
                if waiting.len() >= MOST_SENT { self.finish() } else { Ok(()) }
            }
        }
    }

    /// Waits for the answers of all that was sent.
    pub(super) fn finish(&mut self) -> Result<()> {
        let sent = std::mem::take(&mut self.live()?.sent);
        if sent.is_empty() {
            return Ok(());
        }
        self.wait(async {
            let mut first = Ok(());
            for one in sent {
                let done = one.await.map(drop);
                // What follows the first is refused only because of it.
                first = first.and(done);
            }
            first
        })
    }

    /// Returns why a query failed: because of a statement that was sent before it, if one of them did.
    pub(super) fn cause(&mut self, error: StoreError) -> StoreError {
        match self.live.is_some() {
            true => self.finish().err().unwrap_or(error),
            false => error,
        }
    }

    /// Waits for a notification, for no longer than `longest`. Returns the number that it told of.
    pub(super) fn wait_for_notification(&mut self, longest: Duration, stop: &Notify) -> Result<Option<u64>> {
        let mut notified = self.live()?.notified.clone();
        let told = self.runtime.block_on(async {
            tokio::select! {
                changed = notified.changed() => changed.map(|()| Some(*notified.borrow_and_update())),
                () = stop.notified() => Ok(None),
                () = tokio::time::sleep(longest) => Ok(None),
            }
        });
        self.live()?.notified = notified;
        told.map_err(|_| {
            self.live = None;
            StoreError::unavailable("the connection to the database was lost")
        })
    }

    /// Waits for a while, unless it is to stop.
    pub(super) fn pause(&mut self, span: Duration, stop: &Notify) {
        self.runtime.block_on(async {
            tokio::select! {
                () = stop.notified() => {}
                () = tokio::time::sleep(span) => {}
            }
        });
    }

    /// Returns whether a statement was refused, since this was asked last, that succeeds when its transaction is carried out again.
    pub(super) fn take_raced(&mut self) -> bool {
        std::mem::take(&mut self.raced)
    }

    /// Returns whether there is a connection, as far as is known.
    pub(super) fn is_connected(&self) -> bool {
        self.live.is_some()
    }
}
