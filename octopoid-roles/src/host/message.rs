//! The messages of JSON-RPC, one in each line. The field `jsonrpc` is written and not asked for: not all programs have it.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The error code of a method that is not offered.
const NO_SUCH_METHOD: i64 = -32601;

/// A message of the agent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Message {
    /// A request, which waits for an answer.
    Request { id: Value, method: String, params: Value },
    /// A notification.
    Notification { method: String, params: Value },
    /// The answer to a request of ours.
    Answer { id: Value, result: Result<Value, RpcError> },
}

/// An error as an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RpcError {
    pub(crate) code: i64,
    pub(crate) message: String,
    pub(crate) data: Value,
}

impl Message {
    /// Parses a line; returns `None` if it is no message.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let Value::Object(mut fields) = serde_json::from_str(line).ok()? else { return None };
        let id = fields.remove("id").filter(|id| !id.is_null());
        let method = fields.get("method").and_then(Value::as_str).map(str::to_owned);
        let params = fields.remove("params").unwrap_or_default();
        match (method, id) {
            (Some(method), Some(id)) => Some(Self::Request { id, method, params }),
            (Some(method), None) => Some(Self::Notification { method, params }),
            (None, Some(id)) => {
                let result = match fields.remove("error").filter(|error| !error.is_null()) {
                    Some(error) => Err(RpcError::of(&error)),
                    None => Ok(fields.remove("result").unwrap_or_default()),
                };
                Some(Self::Answer { id, result })
            }
            (None, None) => None,
        }
    }
}

impl RpcError {
    fn of(error: &Value) -> Self {
        let message = text(error, "/message").unwrap_or("it gave no reason");
        let message = match text(error, "/data/details") {
            Some(details) => format!("{message}: {details}"),
            None => message.to_owned(),
        };
        Self {
            code: error.get("code").and_then(Value::as_i64).unwrap_or_default(),
            message,
            data: error.get("data").cloned().unwrap_or_default(),
        }
    }
}

/// Returns the text at a JSON pointer.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

/// Our requests that wait for an answer, each with what it was sent for.
#[derive(Debug)]
pub(crate) struct Calls<P> {
    next: i64,
    waiting: BTreeMap<i64, P>,
}

impl<P> Default for Calls<P> {
    fn default() -> Self {
        Self { next: 1, waiting: BTreeMap::new() }
    }
}

impl<P> Calls<P> {
    /// Returns a request, and remembers its purpose.
    pub(crate) fn request(&mut self, purpose: P, method: &str, params: Value) -> Value {
        let id = self.next;
        self.next += 1;
        self.waiting.insert(id, purpose);
        json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
    }

    /// Returns the purpose of the request with this id; `None` for an answer that nothing waits for.
    pub(crate) fn answered(&mut self, id: &Value) -> Option<P> {
        self.waiting.remove(&id.as_i64()?)
    }
}

/// Returns a notification.
pub(super) fn notification(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

/// Returns the answer to a request.
pub(super) fn answer(id: &Value, result: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

/// Returns the answer to a request for something that is not offered.
pub(super) fn refusal(id: &Value, method: &str) -> Value {
    let message = format!("{method} is not offered by this client");
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": NO_SUCH_METHOD, "message": message } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_notifications_and_answers_are_told_apart() {
        let parse = |line: &str| Message::parse(line);
        assert!(matches!(parse(r#"{"id":0,"method":"a","params":{}}"#), Some(Message::Request { .. })));
        assert!(matches!(parse(r#"{"id":null,"method":"a"}"#), Some(Message::Notification { .. })));
        assert!(matches!(
            parse(r#"{"jsonrpc":"2.0","id":"x","result":null}"#),
            Some(Message::Answer { result: Ok(Value::Null), .. })
        ));
        let Some(Message::Answer { result: Err(error), .. }) =
            parse(r#"{"id":1,"error":{"code":-32000,"new":1},"result":null}"#)
        else {
            panic!()
        };
        assert_eq!((error.code, error.message.as_str()), (-32000, "it gave no reason"));
        let Some(Message::Answer { result: Err(error), .. }) = parse(
            r#"{"id":1,"error":{"code":-32603,"message":"Internal error","data":{"details":"no such folder"}}}"#,
        ) else {
            panic!()
        };
        assert_eq!(error.message, "Internal error: no such folder");
        for line in ["", "7", "[]", "{}", "{", "no json", r#"{"result":1}"#] {
            assert_eq!(parse(line), None, "{line}");
        }
    }

    #[test]
    fn an_answer_finds_the_purpose_of_its_request_once() {
        let mut calls = Calls::default();
        let request = calls.request("open", "session/new", json!({}));
        assert_eq!(calls.answered(&request["id"]), Some("open"));
        assert_eq!(calls.answered(&request["id"]), None);
        assert_eq!(calls.answered(&json!("other")), None);
    }
}
