//! Real clients and a real server with the failing network between them.

pub(crate) mod child;
mod cut_off;
mod faults;
mod killed;
mod many;
pub(crate) mod served;
mod single;
mod slow;
mod stream;
mod worker;
