//! The API's document at `/openapi.json`, and a page at `/docs` that people can read offline, made from it.

use askama::Template;
use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value};
use web::{Html, Page, RoomTexts};

/// Texts and style of the page.
pub(crate) const ROOM: web::Room = web::Room {
    texts: RoomTexts {
        room: "reference",
        zh: include_str!("../locales/reference.zh.ftl"),
        en: include_str!("../locales/reference.en.ftl"),
    },
    style: include_str!("../assets/reference.css"),
    assets: &[],
    places: &[],
};

/// `/openapi.json` and `/docs`.
pub(crate) fn routes() -> Router {
    Router::new().route("/openapi.json", get(document)).route("/docs", get(reference))
}

/// The document as it is served and committed in `docs/openapi.json`.
pub(crate) fn openapi_json() -> String {
    let document = serde_json::to_value(retail::api::openapi()).unwrap_or_default();
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi_json()).into_response()
}

#[derive(Template)]
#[template(path = "reference/reference.html")]
struct Reference {
    operations: Vec<Operation>,
    schemas: Vec<Schema>,
    page: Page,
}

struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    description: String,
    parameters: Vec<Item>,
    body: String,
    answers: Vec<Item>,
}

struct Schema {
    name: String,
    meaning: String,
    fields: Vec<Item>,
}

/// A row of a table: a parameter, a field, an answer.
struct Item {
    name: String,
    place: String,
    /// The type's name or the name of a schema.
    kind: String,
    linked: bool,
    required: bool,
    meaning: String,
}

async fn reference(page: Page) -> Response {
    let document = serde_json::to_value(retail::api::openapi()).unwrap_or_default();
    Html(Reference { operations: operations(&document), schemas: schemas(&document), page }).into_response()
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, methods) in entries(&document["paths"]) {
        for (method, operation) in entries(methods) {
            if !operation.is_object() {
                continue;
            }
            operations.push(Operation {
                id: text(&operation["operationId"]),
                method: method.to_uppercase(),
                path: path.clone(),
                summary: text(&operation["summary"]),
                description: text(&operation["description"]),
                parameters: list(&operation["parameters"]).iter().map(parameter).collect(),
                body: media(&operation["requestBody"]).0,
                answers: entries(&operation["responses"]).map(|(status, answer)| answered(status, answer)).collect(),
            });
        }
    }
    operations
}

fn parameter(parameter: &Value) -> Item {
    let (kind, linked) = kind(&parameter["schema"]);
    Item {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        kind,
        linked,
        required: parameter["required"] == Value::Bool(true),
        meaning: text(&parameter["description"]),
    }
}

fn answered(status: &str, answer: &Value) -> Item {
    let (kind, linked) = media(answer);
    Item {
        name: status.to_owned(),
        place: String::new(),
        kind,
        linked,
        required: false,
        meaning: text(&answer["description"]),
    }
}

/// What a body holds, by its first media type.
fn media(body: &Value) -> (String, bool) {
    entries(&body["content"]).next().map(|(_, media)| kind(&media["schema"])).unwrap_or_default()
}

fn schemas(document: &Value) -> Vec<Schema> {
    entries(&document["components"]["schemas"])
        .map(|(name, schema)| Schema {
            name: name.clone(),
            meaning: text(&schema["description"]),
            fields: fields(schema),
        })
        .collect()
}

fn fields(schema: &Value) -> Vec<Item> {
    let required = list(&schema["required"]);
    let field = |(name, field): (&String, &Value)| {
        let (kind, linked) = kind(field);
        Item {
            required: required.iter().any(|known| known == name),
            name: name.clone(),
            place: String::new(),
            kind,
            linked,
            meaning: text(&field["description"]),
        }
    };
    let own = entries(&schema["properties"]).map(field);
    let values = list(&schema["enum"]).iter().map(|value| Item {
        name: text(value),
        place: String::new(),
        kind: String::new(),
        linked: false,
        required: false,
        meaning: String::new(),
    });
    own.chain(values).collect()
}

/// A schema in a word, and whether that word is the name of one of ours.
fn kind(schema: &Value) -> (String, bool) {
    if let Some(reference) = schema["$ref"].as_str() {
        return (reference.rsplit('/').next().unwrap_or_default().to_owned(), true);
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        let named = list(&schema[several]).iter().map(kind).find(|(name, _)| !name.is_empty() && name != "null");
        if let Some(named) = named {
            return named;
        }
    }
    let word = match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect::<Vec<_>>().join(" or "),
        single => text(single),
    };
    if word == "array" {
        let (of, _) = kind(&schema["items"]);
        return (format!("array of {of}"), false);
    }
    let format = text(&schema["format"]);
    (if format.is_empty() { word } else { format!("{word} ({format})") }, false)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    static EMPTY: std::sync::OnceLock<Map<String, Value>> = std::sync::OnceLock::new();
    value.as_object().unwrap_or_else(|| EMPTY.get_or_init(Map::new)).iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_committed_document_is_the_code_s() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
        let made = openapi_json();
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == made,
            "docs/openapi.json differs from the code; run `cargo xtask bless` and look at the diff"
        );
    }

    #[test]
    fn every_operation_has_a_summary_answers_and_known_types() {
        let document = serde_json::to_value(retail::api::openapi()).unwrap();
        let operations = operations(&document);
        let schemas = schemas(&document);
        assert!(operations.len() >= 6);
        for operation in &operations {
            assert!(
                !operation.summary.is_empty() && !operation.id.is_empty(),
                "{} {}",
                operation.method,
                operation.path
            );
            assert!(!operation.answers.is_empty());
            let linked = operation.answers.iter().filter(|item| item.linked).map(|item| &item.kind);
            for kind in linked {
                assert!(schemas.iter().any(|schema| schema.name == *kind), "{kind}");
            }
        }
    }

    #[test]
    fn the_texts_are_whole() {
        assert_eq!(web::check::texts(Path::new(env!("CARGO_MANIFEST_DIR")), &ROOM.texts), Vec::<String>::new());
    }
}
