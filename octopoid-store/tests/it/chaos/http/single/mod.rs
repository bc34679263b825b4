//! One client, one request, one fault: the answer is as if there had been none.

mod feed;
mod line;
mod writes;
