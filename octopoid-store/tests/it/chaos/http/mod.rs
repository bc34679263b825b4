//! Real clients and a real server with the failing network between them.

mod child;
mod cut_off;
mod faults;
mod killed;
mod many;
mod served;
mod single;
mod slow;
mod stream;
mod worker;
