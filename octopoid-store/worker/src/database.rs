//! The SQLite of an object.

use octopoid_store::sqlite::{HostDatabase, HostError, HostValue};
use std::panic::AssertUnwindSafe;
use wasm_bindgen::prelude::*;
use worker::js_sys::{Array, Number, Uint8Array};
use worker::send::SendWrapper;
use worker::{SqlStorage, State};

#[wasm_bindgen]
extern "C" {
    /// Storage of an object, with the method that the crate `worker` does not have.
    type ObjectStorage;

    #[wasm_bindgen(method, structural, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &ObjectStorage,
        work: &mut dyn FnMut() -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue>;

    /// Database of an object.
    type ObjectSql;

    #[wasm_bindgen(method, structural, catch, variadic)]
    fn exec(this: &ObjectSql, sql: &str, params: &Array) -> Result<ObjectCursor, JsValue>;

    /// Rows of an answer.
    type ObjectCursor;

    #[wasm_bindgen(method, structural, catch)]
    fn raw(this: &ObjectCursor) -> Result<ObjectRows, JsValue>;

    /// Rows of an answer, each as an array.
    type ObjectRows;

    #[wasm_bindgen(method, structural, catch, js_name = toArray)]
    fn to_array(this: &ObjectRows) -> Result<Array, JsValue>;
}

/// SQLite database of an object.
#[derive(Debug)]
pub(crate) struct ObjectDatabase {
    storage: SendWrapper<JsValue>,
    sql: SendWrapper<JsValue>,
}

impl ObjectDatabase {
    /// Returns the database of the object.
    pub(crate) fn of(state: &State) -> Self {
        let storage = state.storage();
        let sql: SqlStorage = storage.sql();
        let sql: &JsValue = sql.as_ref();
        let raw: &JsValue = storage.as_raw().as_ref();
        Self { storage: SendWrapper::new(raw.clone()), sql: SendWrapper::new(sql.clone()) }
    }
}

impl HostDatabase for ObjectDatabase {
    fn execute(&self, sql: &str, params: &[HostValue]) -> Result<Vec<Vec<HostValue>>, HostError> {
        let database: &ObjectSql = self.sql.unchecked_ref();
        let params: Array = params.iter().map(to_js).collect();
        let cursor = database.exec(sql, &params).map_err(refused)?;
        let rows = cursor.raw().and_then(|rows| rows.to_array()).map_err(refused)?;
        rows.iter().map(|row| Array::from(&row).iter().map(from_js).collect()).collect()
    }

    fn transaction(&self, work: &mut dyn FnMut() -> bool) -> Result<(), HostError> {
        let storage: &ObjectStorage = self.storage.unchecked_ref();
        let mut undone = false;
        // A panic in it undoes the transaction as well.
        let mut held = AssertUnwindSafe((work, &mut undone));
        let mut work = move || {
            let held = &mut held;
            let (work, undone) = &mut **held;
            if work() {
                return Ok(JsValue::UNDEFINED);
            }
            **undone = true;
            // What is thrown undoes the transaction.
            Err(JsValue::from_str("undone"))
        };
        match storage.transaction_sync(&mut work) {
            Err(error) if !undone => Err(refused(error)),
            _ => Ok(()),
        }
    }
}

/// Returns a value as the platform takes it. Its integers are numbers, exact up to 2^53; what is beyond, such as the bound of a query
/// that has none, is the nearest number that is still an integer of SQLite's.
fn to_js(value: &HostValue) -> JsValue {
    /// Largest integer of 64 bits that is a number exactly.
    const LARGEST: f64 = 9_223_372_036_854_774_784.0;
    match value {
        HostValue::Null => JsValue::NULL,
        HostValue::Integer(number) => JsValue::from_f64((*number as f64).clamp(-LARGEST, LARGEST)),
        HostValue::Real(number) => JsValue::from_f64(*number),
        HostValue::Text(text) => JsValue::from_str(text),
        HostValue::Blob(bytes) => Uint8Array::from(bytes.as_slice()).into(),
    }
}

fn from_js(value: JsValue) -> Result<HostValue, HostError> {
    if value.is_null() || value.is_undefined() {
        return Ok(HostValue::Null);
    }
    if let Some(number) = value.as_f64() {
        let whole = Number::is_safe_integer(&value);
        return Ok(if whole { HostValue::Integer(number as i64) } else { HostValue::Real(number) });
    }
    if let Some(text) = value.as_string() {
        return Ok(HostValue::Text(text));
    }
    if value.is_object() {
        return Ok(HostValue::Blob(Uint8Array::new(&value).to_vec()));
    }
    Err(HostError::new("the platform gave a value that is none of SQLite's"))
}

fn refused(error: JsValue) -> HostError {
    HostError::new(worker::Error::from(error).to_string())
}
