//! Words of which one has to be given.

/// The value of a word, or all the words there are.
pub(super) fn one_of<T: Copy>(word: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, String> {
    all.iter().copied().find(|one| name(*one) == word).ok_or_else(|| {
        let words: Vec<_> = all.iter().copied().map(name).collect();
        format!("use one of {}", words.join(", "))
    })
}
