//! `octopoid service`: `start` or `serve` as a service of systemd or launchd.

mod definition;
mod install;
mod launchd;
mod manager;
mod systemd;
mod uninstall;

use crate::args::{Service, ServiceAction};
use crate::context::Context;
use crate::error::Result;

pub(super) fn run(args: &Service, context: &Context) -> Result<()> {
    match &args.action {
        ServiceAction::Install { target, options } => install::run(target, options, context),
        ServiceAction::Uninstall { target } => uninstall::run(target, context),
    }
}
