//! Parameters of statements.

use super::value::{ToSqlOutput, Value, ValueRef};

/// Conversion to a parameter.
pub(in crate::sqlite) trait ToSql {
    fn to_value(&self) -> Value;
}

impl ToSql for str {
    fn to_value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl ToSql for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl ToSql for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }
}

impl ToSql for ValueRef<'_> {
    fn to_value(&self) -> Value {
        (*self).to_owned()
    }
}

impl ToSql for ToSqlOutput<'_> {
    fn to_value(&self) -> Value {
        match self {
            ToSqlOutput::Borrowed(value) => value.to_value(),
            ToSqlOutput::Owned(value) => value.clone(),
        }
    }
}

impl ToSql for f64 {
    fn to_value(&self) -> Value {
        Value::Real(*self)
    }
}

macro_rules! integers {
    ($($kind:ty),+) => {
        $(impl ToSql for $kind {
            fn to_value(&self) -> Value {
                Value::Integer(i64::from(*self))
            }
        })+
    };
}

integers!(bool, u8, i32, u32, i64);

impl<const N: usize> ToSql for [u8; N] {
    fn to_value(&self) -> Value {
        Value::Blob(self.to_vec())
    }
}

impl<T: ToSql> ToSql for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }
}

impl<T: ToSql + ?Sized> ToSql for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

/// Parameters, in their order.
pub(in crate::sqlite) trait Params {
    fn into_values(self) -> Vec<Value>;
}

impl Params for &[&dyn ToSql] {
    fn into_values(self) -> Vec<Value> {
        self.iter().map(|param| param.to_value()).collect()
    }
}

impl<T: ToSql, const N: usize> Params for [T; N] {
    fn into_values(self) -> Vec<Value> {
        self.iter().map(T::to_value).collect()
    }
}

/// No parameters.
impl Params for () {
    fn into_values(self) -> Vec<Value> {
        Vec::new()
    }
}

/// Parameters from an iterator.
pub(in crate::sqlite) struct FromIter<I>(I);

impl<I> Params for FromIter<I>
where
    I: IntoIterator,
    I::Item: ToSql,
{
    fn into_values(self) -> Vec<Value> {
        self.0.into_iter().map(|param| param.to_value()).collect()
    }
}

/// Returns the items of an iterator as parameters.
pub(in crate::sqlite) fn params_from_iter<I>(iter: I) -> FromIter<I>
where
    I: IntoIterator,
    I::Item: ToSql,
{
    FromIter(iter)
}

/// Returns values of different types as parameters.
macro_rules! params {
    ($($param:expr),* $(,)?) => {
        &[$(&$param as &dyn crate::sqlite::host::ToSql),*] as &[&dyn crate::sqlite::host::ToSql]
    };
}
pub(in crate::sqlite) use params;
