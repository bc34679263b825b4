//! Our own server over PostgreSQL, beside pgbench's claim on the same cluster in the same run.

use crate::operation::Operation;
use crate::postgres::{Cluster, rate};
use crate::server::serve_on;
use crate::{Measured, WIDTHS, load, median, part};
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{AgentName, ClaimToken, Holder, NewTask, OrchestratorId, Policy, Scope};
use octopoid_core::store::{ClaimRequest, TaskStore};
use octopoid_core::transition::Purpose;
use octopoid_store::{PostgresOptions, PostgresStore};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// Prints all that is measured over PostgreSQL.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub(crate) fn measure(rounds: usize, tasks: usize) {
    let Some(cluster) = Cluster::start() else {
        println!("PostgreSQL is not installed, so nothing is measured.");
        return;
    };
    let script = cluster.script().expect("the tables of pgbench");
    println!(
        "| connections | create, /s | claim, /s | submit, /s | accept, /s | median claim | claim by pgbench, /s | of that |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|");
    for width in WIDTHS {
        let (mut rates, mut claims, mut theirs, mut shares) =
            (vec![Vec::new(); Operation::ALL.len()], Vec::new(), Vec::new(), Vec::new());
        for round in 0..rounds {
            let life = life(&cluster, &format!("w{width}_{round}"), width, tasks);
            for (place, measured) in life.into_iter().enumerate() {
                rates[place].push(measured.rate);
                if place == 1 {
                    claims.extend(measured.times);
                }
            }
            let by_pgbench = rate(&cluster, width, &script).expect("pgbench's rate");
            shares.push(rates[1].last().expect("a rate") / by_pgbench);
            theirs.push(by_pgbench);
        }
        let of: Vec<_> = rates.into_iter().map(median).collect();
        println!(
            "| {width} | {:.0} | {:.0} | {:.0} | {:.0} | {:.2} ms | {:.0} | {:.2} × |",
            of[0],
            of[1],
            of[2],
            of[3],
            part(&mut claims, 0.5),
            median(theirs),
            median(shares)
        );
    }
    scopes(&cluster, rounds, tasks);
    sizes(&cluster);
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

fn store(cluster: &Cluster, schema: &str) -> Arc<PostgresStore> {
    let url = cluster.url(schema).parse().expect("an address");
    Arc::new(PostgresStore::connect(url, Policy::default(), PostgresOptions::new()).expect("a store"))
}

fn life(cluster: &Cluster, schema: &str, width: usize, tasks: usize) -> Vec<Measured> {
    let (runtime, store) = (runtime(), store(cluster, schema));
    let address = runtime.block_on(async { serve_on(Arc::clone(&store), Arc::new(SystemClock)) });
    let measured = load::life_at(address, width, tasks);
    runtime.shutdown_background();
    store.close();
    measured
}

/// Claims by two servers in two scopes beside those by one in one, 16 callers for each server and scope.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn scopes(cluster: &Cluster, rounds: usize, tasks: usize) {
    let (mut one, mut four, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let single = claims(&[store(cluster, &format!("one_{round}"))], &["a"], tasks);
        let both = [(); 2].map(|()| store(cluster, &format!("two_{round}")));
        let double = claims(&both, &["a", "b"], tasks);
        ratios.push(double / single);
        one.push(single);
        four.push(double);
    }
    println!("\n| servers and scopes | claims in their processes, /s | of one |\n|---|---:|---:|");
    println!("| 1 and 1 | {:.0} | |", median(one));
    println!("| 2 and 2 | {:.0} | {:.2} × |", median(four), median(ratios));
}

fn claims(stores: &[Arc<PostgresStore>], scopes: &[&str], tasks: usize) -> f64 {
    const CALLERS: usize = 16;
    let runtime = runtime();
    let scopes: Vec<_> = scopes.iter().map(|name| Scope::new(*name).expect("a scope")).collect();
    runtime.block_on(async {
        for scope in &scopes {
            let made: Vec<_> = (0..CALLERS)
                .map(|_| {
                    let (store, scope) = (Arc::clone(&stores[0]), scope.clone());
                    tokio::spawn(async move {
                        for number in 0..tasks.div_ceil(CALLERS) {
                            let new = NewTask::new(format!("Number {number}"), "What is to be done.");
                            store.create_task(new.with_scope(scope.clone())).await.expect("created");
                        }
                    })
                })
                .collect();
            for one in made {
                one.await.expect("a caller");
            }
        }
        let began = Instant::now();
        let mut callers = Vec::new();
        for (scope, left) in scopes.iter().map(|scope| (scope, Arc::new(AtomicUsize::new(tasks)))) {
            for store in stores {
                for _ in 0..CALLERS {
                    let (store, scope, left) = (Arc::clone(store), scope.clone(), Arc::clone(&left));
                    callers.push(tokio::spawn(async move {
                        while let Ok(number) =
                            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                                left.checked_sub(1)
                            })
                        {
                            claim(&store, &scope, number).await;
                        }
                    }));
                }
            }
        }
        for caller in callers {
            caller.await.expect("a caller");
        }
        (tasks * scopes.len()) as f64 / began.elapsed().as_secs_f64()
    })
}

async fn claim(store: &PostgresStore, scope: &Scope, number: usize) {
    let holder =
        Holder::new(OrchestratorId::new("bench-1").expect("an id"), AgentName::new("agent").expect("a name"));
    let token = ClaimToken::new(crate::operation::token(number)).expect("a token");
    let request = ClaimRequest::new(scope.clone(), Purpose::Work, holder, token, Duration::from_secs(300));
    store.claim(&request).await.expect("claimed").expect("a task");
}

/// The median claim with 10 thousand tasks queued and with a million.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn sizes(cluster: &Cluster) {
    println!("\n| queued | median claim |\n|---:|---:|");
    let runtime = runtime();
    for queued in [10_000, 1_000_000] {
        let schema = format!("queued_{queued}");
        let store = store(cluster, &schema);
        let scope = Scope::single();
        let mut times = runtime.block_on(async {
            let first = store.create_task(NewTask::new("Number 1", "What is to be done.")).await.expect("created");
            cluster
                .statements(&format!(
                    "SET search_path TO {schema};
                     INSERT INTO tasks SELECT i, scope, 'task-' || i, key, role, i % 4, branch, type, project, queue, flow_state,
                         claimable_for, landing, to_decide, needs_person, unresolved, claim_token, claim_orchestrator, claim_agent,
                         lease_expires_at, title, description,
                         jsonb_set(jsonb_set(body::jsonb, '{{seq}}', to_jsonb(i)), '{{id}}', to_jsonb('task-' || i))::text
                       FROM tasks, generate_series(2, {queued}) i WHERE seq = {};
                     ANALYZE tasks;",
                    first.seq
                ))
                .expect("tasks");
            for number in 0..200 {
                claim(&store, &scope, number).await;
            }
            let mut times = Vec::new();
            for number in 200..1200 {
                let began = Instant::now();
                claim(&store, &scope, number).await;
                times.push(began.elapsed());
            }
            times
        });
        println!("| {queued} | {:.2} ms |", part(&mut times, 0.5));
    }
}
