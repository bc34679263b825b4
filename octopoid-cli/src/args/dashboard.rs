//! The arguments of `dashboard`.

use clap::Args;
use octopoid_core::model::Scope;

/// `dashboard`
#[derive(Debug, Args)]
#[command(after_help = "\
Left the tasks by whose turn it is, right what is to be known of the selected one; `?` lists the keys, each with the command that \
does the same. Works from 80 columns and 24 lines, without colours (NO_COLOR), over ssh, and with a server alone.

With --web it is served to a browser on this machine; the link that is printed signs you in once.

Examples:
  octopoid dashboard
  octopoid dashboard --web
  octopoid dashboard --server https://octopoid.example.org --scope prod")]
pub(crate) struct Dashboard {
    /// Show the queue of this server, with no repository at hand; the key is read from OCTOPOID_API_KEY.
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// The scope on the server; `default` unless given.
    #[arg(long, value_name = "SCOPE", requires = "server")]
    pub(crate) scope: Option<Scope>,
    /// Serve it to a browser, on a loopback address.
    #[arg(long)]
    pub(crate) web: bool,
    /// The port to serve it on; 8788 unless given or taken.
    #[arg(long, value_name = "PORT", requires = "web")]
    pub(crate) port: Option<u16>,
}
