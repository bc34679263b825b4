//! Real clients and a real server with the failing network between them.

mod faults;
mod served;
