//! Requests per second over HTTP, beside the same store asked in the same process, in the same run.
//!
//! `cargo bench -p octopoid-store --bench http`; the numbers after `--` are the rounds and the tasks of each:
//! `-- 15 2000`. `-- listeners 10000` measures the memory of a server with so many idle listeners instead, and `-- start 100`
//! the time from so many tasks' creation to the start of an agent on another machine. `-- machines 1000 500` lets so many
//! machines wait for so many tasks, `-- at 127.0.0.1:8787 500 8` has so many
//! tasks done over so many connections by a server that runs already and has none, such as a Worker on workerd (and `-- start 100
//! 127.0.0.1:8787`), `-- lists 500` reads pages of so many, and `-- postgres 5 2000` has rounds of so many tasks done over
//! PostgreSQL, where it is installed. Results are in `BENCH.md`.

mod direct;
mod listeners;
mod lists;
mod load;
mod machines;
mod on_postgres;
mod operation;
mod postgres;
mod server;
mod start;

use operation::Operation;
use std::time::Duration;

/// How many connections, or callers.
const WIDTHS: [usize; 3] = [1, 16, 64];

/// What one measurement gives.
struct Measured {
    /// Requests per second.
    rate: f64,
    /// How long each took.
    times: Vec<Duration>,
}

/// One request's rounds.
#[derive(Default)]
struct Row {
    http: Vec<f64>,
    own: Vec<f64>,
    shares: Vec<f64>,
    times: Vec<Duration>,
}

/// The value below which so much of a sorted list lies.
fn part(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let place = ((times.len() - 1) as f64 * share).round() as usize;
    times[place].as_secs_f64() * 1e3
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", path] => server::serve_for_ever(path),
        ["at", address, tasks, connections] => {
            let address = address.parse().expect("an address");
            life_at(address, connections.parse().expect("a number"), tasks.parse().expect("a number"));
        }
        ["start", tasks, address] => {
            start::measure_at(address.parse().expect("an address"), tasks.parse().expect("a number"));
        }
        ["start", tasks] => start::measure(tasks.parse().expect("a number")),
        ["lists", tasks] => lists::measure(tasks.parse().expect("a number")),
        ["machines", machines, tasks] => {
            machines::measure(machines.parse().expect("a number"), tasks.parse().expect("a number"));
        }
        ["postgres", rounds, tasks] => {
            on_postgres::measure(rounds.parse().expect("a number"), tasks.parse().expect("a number"));
        }
        ["listeners", many] => listeners::measure(many.parse().expect("a number")),
        numbers => {
            let numbers: Vec<usize> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
            compare(*numbers.first().unwrap_or(&15), *numbers.get(1).unwrap_or(&2000));
        }
    }
}

/// Measures a server that runs already and has no tasks yet.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn life_at(address: std::net::SocketAddr, connections: usize, tasks: usize) {
    println!("| request | connections | over HTTP, /s | median | 99th percentile |");
    println!("|---|---:|---:|---:|---:|");
    for (operation, measured) in Operation::ALL.into_iter().zip(load::life_at(address, connections, tasks)) {
        let Measured { rate, mut times } = measured;
        let (name, median, slow) = (operation.name(), part(&mut times, 0.5), part(&mut times, 0.99));
        println!("| {name} | {connections} | {rate:.0} | {median:.2} ms | {slow:.2} ms |");
    }
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn compare(rounds: usize, tasks: usize) {
    println!(
        "| request | connections | over HTTP, /s | median | 99th percentile | in the process, /s | HTTP of that |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let mut claims = Vec::new();
    for width in WIDTHS {
        let mut rows: [Row; Operation::ALL.len()] = Default::default();
        for round in 0..rounds {
            // The one that goes first changes, since the disk is never twice the same.
            let (over, direct) = if round % 2 == 0 {
                let over = load::life(width, tasks);
                (over, direct::life(width, tasks))
            } else {
                let direct = direct::life(width, tasks);
                (load::life(width, tasks), direct)
            };
            for (row, (over, direct)) in rows.iter_mut().zip(over.into_iter().zip(direct)) {
                row.http.push(over.rate);
                row.own.push(direct.rate);
                row.shares.push(100.0 * over.rate / direct.rate);
                row.times.extend(over.times);
            }
        }
        for (operation, row) in Operation::ALL.into_iter().zip(rows) {
            let Row { http, own, shares, mut times } = row;
            let (over, direct) = (median(http), median(own));
            println!(
                "| {} | {width} | {over:.0} | {:.2} ms | {:.2} ms | {direct:.0} | {:.0} % |",
                operation.name(),
                part(&mut times, 0.5),
                part(&mut times, 0.99),
                median(shares)
            );
            if matches!(operation, Operation::Claim) {
                claims.push((width, over));
            }
        }
    }
    postgres::compare(&claims);
}
