//! Fields of forms and addresses.

/// Fields of a form or of an address's query, in their order; a name may come several times.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Parses `application/x-www-form-urlencoded`; what cannot be parsed is empty.
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(serde_urlencoded::from_bytes(encoded).unwrap_or_default())
    }

    /// Returns the first value of a name.
    pub(crate) fn get<'a>(&'a self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the first value of a name, without white space around it; `None` if that is empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Returns every value of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the value of a field that has several lines, with the line ends of files.
    pub(crate) fn lines(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().replace("\r\n", "\n").trim_end().to_owned()
    }

    /// Returns the value of a field whose every line counts, empty ones at its end too, with the line ends of files.
    pub(crate) fn exact_lines(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().replace("\r\n", "\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_come_several_times() {
        let fields = Fields::parse(b"task=task-1&task=task-2&text=a%0D%0Ab%0D%0A&empty=+");
        assert_eq!(fields.all("task").collect::<Vec<_>>(), ["task-1", "task-2"]);
        assert_eq!(fields.lines("text"), "a\nb");
        assert_eq!((fields.text("empty"), fields.text("missing")), (None, None));
    }
}
