//! Durable claims per second, beside the same work done by bare SQLite in one thread, in the same run.
//!
//! `cargo bench -p octopoid-store --bench claims`; the numbers after `--` are the rounds and the queued tasks:
//! `-- 41 10000 1000000`. Results are in `BENCH.md`.

mod bare;
mod ours;
mod queue;

use queue::Queue;
use std::time::Duration;

/// How many callers, or claims a transaction.
const WIDTHS: [usize; 3] = [1, 16, 64];

/// What one measurement gives.
struct Measured {
    /// Claims per second.
    rate: f64,
    /// How long each claim took, where somebody waited for it.
    times: Vec<Duration>,
}

/// How many claims one measurement makes, on a queue in which nothing is claimed at first: more than any team's agents
/// hold at once, and few enough that the next measurement finds the machine in the same mood.
const CLAIMS: usize = 1024;

/// How many claims each side makes before its clock starts: by then its statements are planned, the log is begun, and the
/// memory that it needs is its own, as in a store that has been open for a while.
const WARM_UP: usize = 256;

/// The `number`th of a row of tokens that look random, as real ones are, and are the same in every measurement.
fn token(number: usize) -> String {
    let mut bits = (number as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    format!("{:016x}{number:016x}", bits ^ (bits >> 31))
}

fn median<T: Copy + PartialOrd>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("comparable"));
    values[values.len() / 2]
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let (rounds, sizes) = match numbers.split_first() {
        Some((rounds, sizes)) if !sizes.is_empty() => (*rounds, sizes.to_vec()),
        Some((rounds, _)) => (*rounds, vec![10_000, 1_000_000]),
        None => (41, vec![10_000, 1_000_000]),
    };
    println!("| queued | width | bare SQLite, claims/s | SqliteStore, claims/s | of bare | median claim |");
    println!("|---:|---:|---:|---:|---:|---:|");
    for size in sizes {
        let queue = Queue::seed(size);
        for width in WIDTHS {
            let (mut bare_rates, mut our_rates, mut shares, mut times) = (vec![], vec![], vec![], vec![]);
            for round in 0..rounds {
                // The one that goes first changes, since the disk is never twice the same.
                let (bare, ours) = if round % 2 == 0 {
                    let bare = queue.measure(|path| bare::claim(path, width, CLAIMS));
                    (bare, queue.measure(|path| ours::claim(path, width, CLAIMS)))
                } else {
                    let ours = queue.measure(|path| ours::claim(path, width, CLAIMS));
                    (queue.measure(|path| bare::claim(path, width, CLAIMS)), ours)
                };
                bare_rates.push(bare.rate);
                our_rates.push(ours.rate);
                shares.push(100.0 * ours.rate / bare.rate);
                times.extend(ours.times);
            }
            println!(
                "| {size} | {width} | {:.0} | {:.0} | {:.0} % | {:.0} µs |",
                median(bare_rates),
                median(our_rates),
                median(shares),
                median(times).as_secs_f64() * 1e6
            );
        }
    }
}
