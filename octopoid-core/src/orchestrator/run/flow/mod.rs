//! The flow of a run, and the only place that writes its journal.
//!
//! [`drive`] reads as the flow, from the claim to the end. Whatever a stage or a step returns is noted in [`journal`] before the
//! next begins: the report before anything is made of it (I09), each step as it finishes (I11), the commit of a landing before the
//! base branch moves. What a stage does is checked against what is there or can be done twice, so a run that was cut off anywhere
//! goes on by simply being driven again.

mod drive;
mod ending;
mod journal;
mod landed;
mod landing;
mod role;
mod sequence;
mod submission;

pub(crate) use drive::RunDriver;
