//! Limits on how often.

use governor::clock::FakeRelativeClock;
use octopoid_store::server::shell::{Limiter, RetryAfter};
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::time::Duration;

const THREE: NonZeroU32 = NonZeroU32::new(3).unwrap();
const MINUTE: Duration = Duration::from_secs(60);

fn limiter() -> (Limiter<String, FakeRelativeClock>, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    (Limiter::with_clock(THREE, MINUTE, clock.clone()), clock)
}

#[test]
fn each_key_has_its_share() {
    let (limiter, clock) = limiter();
    let (one, other) = ("one".to_owned(), "other".to_owned());
    for _ in 0..3 {
        assert_eq!(limiter.check(&one), Ok(()));
    }
    assert_eq!(limiter.check(&one), Err(RetryAfter(Duration::from_secs(20))));
    assert_eq!(limiter.check(&other), Ok(()));
    clock.advance(Duration::from_secs(19));
    assert_eq!(limiter.check(&one), Err(RetryAfter(Duration::from_secs(1))));
    clock.advance(Duration::from_secs(1));
    assert_eq!(limiter.check(&one), Ok(()));
    assert!(limiter.check(&one).is_err());
}

#[test]
fn a_share_does_not_grow_while_it_is_not_used() {
    let (limiter, clock) = limiter();
    let key = "key".to_owned();
    clock.advance(100 * MINUTE);
    let allowed = (0..10).filter(|_| limiter.check(&key).is_ok()).count();
    assert_eq!(allowed, 3);
}

#[test]
fn old_keys_are_forgotten() {
    let (limiter, clock) = limiter();
    for key in 0..100_000 {
        limiter.check(&key.to_string()).unwrap();
        clock.advance(MINUTE / 100);
    }
    assert!(limiter.len() <= 1024, "{}", limiter.len());
}

#[test]
fn however_many_come_the_memory_is_bounded() {
    let clock = FakeRelativeClock::default();
    let limiter = Limiter::<IpAddr, _>::with_clock(THREE, MINUTE, clock).with_most(5000);
    for number in 0..100_000_u32 {
        limiter.check(&Ipv4Addr::from_bits(number).into()).unwrap();
        assert!(limiter.len() <= 5000);
    }
}

#[test]
fn the_machines_clock_is_the_usual_one() {
    let limiter = Limiter::<u8>::new(THREE, Duration::from_secs(3600));
    let allowed = (0..10).filter(|_| limiter.check(&1).is_ok()).count();
    assert_eq!(allowed, 3);
}
