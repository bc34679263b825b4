//! Values of columns and parameters.

use super::database::HostError;

/// Value of a column or of a parameter.
///
/// A host whose numbers are all of one kind may give an integer as [`Value::Real`] or the other way round, if its value is the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `NULL`.
    Null,
    /// An integer.
    Integer(i64),
    /// A number.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Integer(number)
    }
}

/// Reference to a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::sqlite) enum ValueRef<'a> {
    Null,
    Integer(i64),
    Real(f64),
    /// A text in UTF-8.
    Text(&'a [u8]),
    Blob(&'a [u8]),
}

impl<'a> ValueRef<'a> {
    pub(in crate::sqlite) fn as_str(&self) -> Result<&'a str, HostError> {
        self.as_str_or_null()?.ok_or_else(|| self.is_no("a text"))
    }

    pub(in crate::sqlite) fn as_str_or_null(&self) -> Result<Option<&'a str>, HostError> {
        match *self {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => std::str::from_utf8(text).map(Some).map_err(|_| self.is_no("a text")),
            _ => Err(self.is_no("a text")),
        }
    }

    fn is_no(&self, what: &str) -> HostError {
        HostError::new(format!("a column is not {what}"))
    }

    pub(super) fn to_owned(self) -> Value {
        match self {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Real(number) => Value::Real(number),
            ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        }
    }
}

impl<'a> From<&'a Value> for ValueRef<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }
}

/// Parameter that is borrowed or owned.
#[derive(Debug, Clone)]
pub(in crate::sqlite) enum ToSqlOutput<'a> {
    Borrowed(ValueRef<'a>),
    Owned(Value),
}

/// Conversion from a column.
pub(in crate::sqlite) trait FromSql: Sized {
    /// Returns `None` where the value is of another kind.
    fn from_sql(value: ValueRef<'_>) -> Option<Self>;
}

impl FromSql for i64 {
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Integer(number) => Some(number),
            ValueRef::Real(number) if number.fract() == 0.0 && number.abs() < i64::MAX as f64 => {
                Some(number as i64)
            }
            _ => None,
        }
    }
}

macro_rules! narrower {
    ($($kind:ty),+) => {
        $(impl FromSql for $kind {
            fn from_sql(value: ValueRef<'_>) -> Option<Self> {
                Self::try_from(i64::from_sql(value)?).ok()
            }
        })+
    };
}

narrower!(u8, u32);

impl FromSql for bool {
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        i64::from_sql(value).map(|number| number != 0)
    }
}

impl FromSql for f64 {
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Integer(number) => Some(number as f64),
            ValueRef::Real(number) => Some(number),
            _ => None,
        }
    }
}

impl FromSql for String {
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        value.as_str().ok().map(str::to_owned)
    }
}

impl<const N: usize> FromSql for [u8; N] {
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Blob(bytes) => bytes.try_into().ok(),
            _ => None,
        }
    }
}

impl<T: FromSql> FromSql for Option<T> {
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Null => Some(None),
            value => T::from_sql(value).map(Some),
        }
    }
}
