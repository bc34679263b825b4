//! The header `Range`.

use super::problem::{Code, Problem};
use axum::http::HeaderMap;
use axum::http::header::RANGE;

/// Range of bytes that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteRange {
    /// From a position on, to another one, which is included, or to the end.
    From(u64, Option<u64>),
    /// So many bytes at the end.
    Last(u64),
}

impl ByteRange {
    /// Reads the header. `None` without one, and for one that a server may ignore: of another unit, of several ranges, or
    /// malformed.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let range = headers.get(RANGE)?.to_str().ok()?.trim().strip_prefix("bytes=")?;
        match range.split_once('-')? {
            ("", last) => Some(Self::Last(last.trim().parse().ok()?)),
            (from, "") => Some(Self::From(from.trim().parse().ok()?, None)),
            (from, to) => {
                let (from, to) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
                (from <= to).then_some(Self::From(from, Some(to)))
            }
        }
    }

    /// Returns the position and the length of the range in something of a length.
    ///
    /// # Errors
    /// There is no byte in it.
    pub(crate) fn within(self, total: u64) -> Result<(u64, u64), Problem> {
        let (from, length) = match self {
            Self::From(from, to) => {
                let end = to.map_or(total, |to| total.min(to.saturating_add(1)));
                (from, end.saturating_sub(from))
            }
            Self::Last(most) => {
                let length = most.min(total);
                (total - length, length)
            }
        };
        if length == 0 {
            let words = format!("Range: there are {total} bytes, and none of them is in this range");
            return Err(Problem::new(Code::RangeNotSatisfiable, words).with_field("length", total));
        }
        Ok((from, length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_cut_to_what_there_is() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, text.parse().unwrap());
            ByteRange::of(&headers)
        };
        let within = |text: &str| of(text).unwrap().within(10).ok();
        assert_eq!(within("bytes=0-"), Some((0, 10)));
        assert_eq!(within("bytes=3-4"), Some((3, 2)));
        assert_eq!(within("bytes=9-18446744073709551615"), Some((9, 1)));
        assert_eq!(within("bytes=-4"), Some((6, 4)));
        assert_eq!(within("bytes=-40"), Some((0, 10)));
        for none in ["bytes=10-", "bytes=-0", "bytes=18446744073709551615-"] {
            assert_eq!(within(none), None, "{none}");
        }
        for ignored in
            ["lines=0-1", "bytes=4-3", "bytes=0-1,3-4", "bytes=a-", "bytes=-", "bytes", "bytes=+1--2"]
        {
            assert_eq!(of(ignored), None, "{ignored}");
        }
        assert_eq!(ByteRange::of(&HeaderMap::new()), None);
    }
}
