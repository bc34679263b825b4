//! Where a database is.

use super::tls::Verification;
use octopoid_core::store::{Result, StoreError};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

/// Name of the schema, unless the URL names another.
const SCHEMA: &str = "octopoid";

/// Address of a PostgreSQL database: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with the options that libpq has.
///
/// `sslmode` is one of `disable`, `allow`, `prefer`, `require`, `verify-ca` and `verify-full`; `sslrootcert` names a PEM file, without
/// which the certificates are used that the machine trusts. `schema` names the schema of the tables, by default `octopoid`.
/// Shown without the password and the options.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    pub(super) config: Box<Config>,
    pub(super) verification: Verification,
    pub(super) root_certificates: Option<PathBuf>,
    pub(super) schema: String,
}

impl PostgresUrl {
    /// Returns whether a text is such an address, right or wrong: whether it begins with `postgres://` or `postgresql://`.
    pub fn is_url(text: &str) -> bool {
        ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme))
    }

    /// Sets the password, unless the address has one.
    #[must_use]
    pub fn with_password(mut self, password: impl AsRef<[u8]>) -> Self {
        if self.config.get_password().is_none() {
            self.config.password(password);
        }
        self
    }

    /// Sets the user, unless the address names one.
    #[must_use]
    pub fn with_user(mut self, user: &str) -> Self {
        if self.config.get_user().is_none() {
            self.config.user(user);
        }
        self
    }

    /// Returns the name of the schema.
    pub fn schema(&self) -> &str {
        &self.schema
    }
}

fn wrong() -> StoreError {
    // Without the text and the parser's error, either of which may have a part of the password in it (I28).
    let rule = "must be `postgres://USER@HOST:PORT/DATABASE` with options of libpq, and the special characters of a password \
                percent-encoded";
    StoreError::invalid("url", rule)
}

impl FromStr for PostgresUrl {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self> {
        if !Self::is_url(text) {
            return Err(wrong());
        }
        let (place, options) = text.split_once('?').unwrap_or((text, ""));
        let (mut mode, mut root_certificates, mut schema) = (None, None, SCHEMA.to_owned());
        let mut others = Vec::new();
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').ok_or_else(wrong)?;
            match name {
                "sslmode" => mode = Some(value.to_owned()),
                "sslrootcert" if value == "system" => {}
                "sslrootcert" => root_certificates = Some(PathBuf::from(decoded(value)?)),
                "schema" => schema = decoded(value)?,
                _ => others.push(option),
            }
        }
        let plain =
            schema.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if schema.is_empty() || schema.len() > 48 || !plain {
            return Err(StoreError::invalid(
                "schema",
                "must be lower-case letters, digits and `_`, at most 48",
            ));
        }
        let rest = if others.is_empty() { place.to_owned() } else { format!("{place}?{}", others.join("&")) };
        let mut config: Config = rest.parse().map_err(|_| wrong())?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host("localhost");
        }
        let mode = mode.as_deref().unwrap_or("prefer");
        let (ssl_mode, verification) = match (mode, &root_certificates) {
            ("disable", _) => (SslMode::Disable, Verification::None),
            ("allow" | "prefer", _) => (SslMode::Prefer, Verification::None),
            ("require", None) => (SslMode::Require, Verification::None),
            // As libpq does it.
            ("require", Some(_)) | ("verify-ca", _) => (SslMode::Require, Verification::Chain),
            ("verify-full", _) => (SslMode::Require, Verification::ChainAndName),
            _ => {
                let rule = "must be `disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`";
                return Err(StoreError::invalid("sslmode", rule));
            }
        };
        config.ssl_mode(ssl_mode).application_name("octopoid");
        if config.get_target_session_attrs() == TargetSessionAttrs::Any {
            // Of several hosts the one that can be written to.
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        config
            .keepalives_idle(Duration::from_secs(15))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3);
        Ok(Self { config: Box::new(config), verification, root_certificates, schema })
    }
}

/// Returns a value of an option without its percent-encoding.
fn decoded(value: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| digit.unwrap_or_default());
                let digits = std::str::from_utf8(&digits).map_err(|_| wrong())?;
                u8::from_str_radix(digits, 16).map_err(|_| wrong())?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        for (place, host) in self.config.get_hosts().iter().enumerate() {
            let separator = if place == 0 { "" } else { "," };
            match host {
                Host::Tcp(name) => write!(f, "{separator}{name}")?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{separator}{}", path.display())?,
            }
            let ports = self.config.get_ports();
            if let Some(port) = ports.get(place).or_else(|| ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())?;
        if self.schema != SCHEMA {
            write!(f, "?schema={}", self.schema)?;
        }
        Ok(())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i28_an_address_is_shown_without_its_password() {
        let url: PostgresUrl =
            "postgresql://ada:s3cret%40@db.example:5433/queue?sslmode=verify-full&schema=two"
                .parse()
                .unwrap();
        assert_eq!(url.to_string(), "postgres://ada@db.example:5433/queue?schema=two");
        assert!(!format!("{url:?}").contains("s3cret"));
        assert_eq!(
            (url.verification, url.config.get_ssl_mode()),
            (Verification::ChainAndName, SslMode::Require)
        );
    }

    #[test]
    fn i28_a_wrong_address_is_refused_without_being_repeated() {
        for text in [
            "postgres://ada:s3cret?x@db/queue",
            "postgres://ada:s3cret@db:port/queue",
            "postgres://ada@db/queue?password=s3cret&s3cret=1",
            "postgres://ada:s3cret@db/queue?sslmode=s3cret",
            "postgres://ada:s3cret@db/queue?schema=S3cret%zz",
        ] {
            let error = text.parse::<PostgresUrl>().unwrap_err();
            assert!(!error.to_string().to_lowercase().contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn the_modes_of_tls_are_those_of_libpq() {
        let of = |options: &str| {
            let url: PostgresUrl = format!("postgres://db/queue?{options}").parse().unwrap();
            (url.config.get_ssl_mode(), url.verification)
        };
        assert_eq!(of(""), (SslMode::Prefer, Verification::None));
        assert_eq!(of("sslmode=disable"), (SslMode::Disable, Verification::None));
        assert_eq!(of("sslmode=require"), (SslMode::Require, Verification::None));
        assert_eq!(of("sslmode=require&sslrootcert=%2Fca.pem"), (SslMode::Require, Verification::Chain));
        assert_eq!(of("sslmode=verify-ca"), (SslMode::Require, Verification::Chain));
    }
}
