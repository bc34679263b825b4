//! What holds for every operation, said once: the answers of the layers around the routes, and the bounds of parameters
//! and fields that many of them have.

use octopoid_core::model::Policy;
use octopoid_core::store::{EventQuery, TaskQuery};
use utoipa::openapi::path::{Operation, Parameter, PathItem};
use utoipa::openapi::schema::{KnownFormat, Schema, SchemaFormat};
use utoipa::openapi::{Components, Content, OpenApi, Ref, RefOr, ResponseBuilder};

/// Where the contract begins; before it are only the probes.
const CONTRACT: &str = "/api/v1/";

/// The longest wait of a claim, in seconds.
const LONGEST_WAIT: u64 = 60;
/// The longest page of runs.
const RUNS: u64 = 500;
/// The longest name of a scope.
const SCOPE: usize = 128;

/// Adds to the description what the routes do not say themselves.
pub(super) fn apply(described: &mut OpenApi) {
    for (path, item) in &mut described.paths.paths {
        for (writes, operation) in operations(item) {
            if path.starts_with(CONTRACT) {
                answers(path, writes, operation);
            }
            for parameter in operation.parameters.iter_mut().flatten() {
                if let RefOr::T(parameter) = parameter {
                    bound_parameter(path, parameter);
                }
            }
        }
    }
    problems(described.components.get_or_insert_default());
    let schemas = described.components.iter_mut().flat_map(|components| &mut components.schemas);
    for (name, schema) in schemas {
        let RefOr::T(Schema::Object(object)) = schema else { continue };
        for (field, schema) in &mut object.properties {
            let RefOr::T(schema) = schema else { continue };
            if field == "scope" {
                bound_scope(schema);
            }
            bound(schema, field_bounds(name, field));
        }
    }
}

/// The operations of a path, and whether each of them writes.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [(false, get), (true, put), (true, post), (true, delete), (true, patch)]
        .into_iter()
        .filter_map(|(writes, operation)| Some((writes, operation.as_mut()?)))
}

/// The problems that the layers around the routes answer with: status, name, when.
const PROBLEMS: [(&str, &str, &str); 11] = [
    ("400", "Invalid", "A parameter or a field is invalid; `field` names it."),
    ("401", "Unauthorized", "The key is missing or unknown."),
    ("403", "Forbidden", "The key opens another scope, or does not allow this."),
    ("404", "NotFound", "There is no such thing in the scope."),
    (
        "409",
        "Conflict",
        "The state contradicts the request, or its `Idempotency-Key` was used for another one.",
    ),
    ("413", "TooLarge", "The body is larger than is accepted."),
    ("415", "UnsupportedMediaType", "The body is not JSON."),
    ("421", "Misdirected", "The request names a host that this server does not answer for."),
    ("429", "TooManyRequests", "Too many requests; `Retry-After` says when to try again."),
    ("500", "Internal", "A defect of the server."),
    ("503", "Unavailable", "The server cannot answer now; try again."),
];

/// Adds the problems that an operation may answer with and does not describe itself.
fn answers(path: &str, writes: bool, operation: &mut Operation) {
    let names_something =
        path.contains('{') || writes || operation.parameters.iter().flatten().any(names_one);
    for (status, name, _) in PROBLEMS {
        let applies = match status {
            "404" => names_something,
            "409" | "413" | "415" => writes,
            _ => true,
        };
        if applies {
            let known = &mut operation.responses.responses;
            known.entry(status.to_owned()).or_insert_with(|| RefOr::Ref(Ref::from_response_name(name)));
        }
    }
}

/// Describes the problems themselves.
fn problems(components: &mut Components) {
    for (_, name, description) in PROBLEMS {
        let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("ProblemBody"))));
        let problem =
            ResponseBuilder::new().description(description).content("application/json", content).build();
        components.responses.insert(name.to_owned(), problem.into());
    }
}

/// Whether a parameter names one thing, which may not be there.
fn names_one(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.name == "task_id")
}

/// The smallest and the largest value, where there are such.
type Bounds = (Option<u64>, Option<u64>);

fn bound_parameter(path: &str, parameter: &mut Parameter) {
    let bounds = match parameter.name.as_str() {
        "limit" if path.ends_with("/runs") => (Some(1), Some(RUNS)),
        "limit" if path.ends_with("/events") => (Some(1), Some(u64::from(EventQuery::MAX_LIMIT))),
        // More is not refused: no more come than the longest page has.
        "limit" => {
            let longest = format!("At most {} are returned.", TaskQuery::MAX_LIMIT);
            let said = parameter.description.get_or_insert_default();
            if !said.contains(&longest) {
                *said = format!("{said} {longest}").trim().to_owned();
            }
            (Some(0), Some(u64::from(u32::MAX)))
        }
        _ => (None, None),
    };
    if let Some(RefOr::T(schema)) = &mut parameter.schema {
        if parameter.name == "scope" {
            bound_scope(schema);
        }
        bound(schema, bounds);
    }
}

/// The bounds of a field of a body, by the name of its schema.
fn field_bounds(schema: &str, field: &str) -> Bounds {
    let longest_lease = Policy::default().max_lease.as_secs();
    match (schema, field) {
        ("ClaimTask", "lease_duration_seconds") => (Some(1), Some(longest_lease)),
        ("ClaimTask", "lease_duration_ms") => (Some(1), Some(longest_lease * 1000)),
        ("ClaimTask", "wait_seconds") => (Some(0), Some(LONGEST_WAIT)),
        // A longer one is cut to the longest.
        ("RenewTask", "lease_duration_seconds") => (Some(1), None),
        _ => (None, None),
    }
}

fn bound(schema: &mut Schema, (least, most): Bounds) {
    let Schema::Object(object) = schema else { return };
    let number = |value: u64| utoipa::Number::UInt(usize::try_from(value).unwrap_or(usize::MAX));
    if let Some(least) = least {
        object.minimum = Some(number(least));
    }
    if let Some(most) = most {
        object.maximum = Some(number(most));
    }
    // A number that has no sign may be twice as large as the format says.
    if most == Some(u64::from(u32::MAX)) {
        object.format = Some(SchemaFormat::KnownFormat(KnownFormat::Int64));
    }
}

fn bound_scope(schema: &mut Schema) {
    if let Schema::Object(object) = schema {
        (object.min_length, object.max_length) = (Some(1), Some(SCOPE));
    }
}
