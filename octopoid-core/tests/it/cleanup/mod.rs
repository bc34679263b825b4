//! Clean-up: what is removed is proven to be elsewhere, and a dry run lists exactly that.

mod machines;
mod matrix;
mod retention;
mod situation;
