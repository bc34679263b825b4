//! Everything that can be wrong with an installation: its files, roles, flows, jobs and repository.

mod roles;

use crate::assembly::flows::Flows;
use crate::assembly::{Roles, Workers, github};
use crate::config::{self, Known, Problem};
use crate::environment::Environment;
use crate::git::Git;
use crate::installation::Installation;
use crate::jobs::Jobs;

/// Returns every problem with the files, the roles and the repository.
pub(crate) fn problems(
    installation: &Installation,
    roles: &Roles,
    environment: &Environment,
) -> Vec<Problem> {
    let mut problems = roles.problems.clone();
    problems.extend(Flows::load(installation.layout.root(), roles).problems);
    problems.extend(Jobs::load(installation, &Workers::of(roles), environment).problems);
    problems.extend(installation.repository_problem(environment));
    let known = known(installation, roles, environment);
    problems.extend(config::check(&installation.config, &installation.agents, &known));
    problems.extend(github::problems(installation, environment));
    problems.extend(self::roles::problems(&installation.agents, roles));
    problems
}

/// Returns what the files may refer to.
fn known(installation: &Installation, roles: &Roles, environment: &Environment) -> Known {
    let git = Git::new(environment, installation.repository());
    Known {
        roles: roles.names(),
        runners: config::runners::NAMES.map(str::to_owned).to_vec(),
        role_runners: roles
            .all
            .iter()
            .filter_map(|loaded| Some((loaded.spec().name.clone(), loaded.spec().defaults.runner.clone()?)))
            .collect(),
        branches: git.branches().ok(),
        remotes: git.remotes().ok(),
        has_folder: installation.has_folder(&git),
        max_lease: config::policy(&installation.config.value).max_lease.as_secs(),
    }
}
