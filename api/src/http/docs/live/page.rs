//! The page: doors, what clients say, what they are told, and types. All of it comes out of the document.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value;

use super::html::{all, listing, paragraphs, prose, table, text};
use super::schema::{kind, name, resolved, tables};

const STYLE: &str = include_str!("style.css");

/// The page.
pub fn page(document: &Value) -> String {
    let (said, told) = (events(document, "receive"), events(document, "send"));
    let info = &document["info"];
    let title = word(&info["title"]);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<nav aria-label=\"Contents\">\n{contents}</nav>\n<main>\n<header>\n<h1>{title}</h1>\n\
         <p class=\"meta\">version {version} · <a href=\"/api/asyncapi.json\">AsyncAPI {asyncapi}</a> · \
         <a href=\"/api/\">the REST API</a></p>\n{about}</header>\n\
         <h2 id=\"doors\">Doors</h2>\n{doors}\
         <h2 id=\"said\">What clients say</h2>\n{said}\
         <h2 id=\"told\">What clients are told</h2>\n{told}\
         <h2 id=\"types\">Types</h2>\n{types}</main>\n</body>\n</html>\n",
        contents = contents(document, &said, &told),
        version = word(&info["version"]),
        asyncapi = word(&document["asyncapi"]),
        about = paragraphs(info["description"].as_str().unwrap_or_default()),
        doors = doors(document),
        said = said.iter().map(|event| event.show(document)).collect::<String>(),
        told = told.iter().map(|event| event.show(document)).collect::<String>(),
        types = types(document),
    )
}

fn word(value: &Value) -> String {
    text(value.as_str().unwrap_or_default())
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn contents(document: &Value, said: &[Event<'_>], told: &[Event<'_>]) -> String {
    let list = |id: &str, title: &str, links: Vec<String>| {
        format!("<p><a href=\"#{id}\">{title}</a></p>\n<ul>\n{}</ul>\n", links.concat())
    };
    let link = |id: &str, shown: &str| format!("<li><a href=\"#{id}\">{shown}</a></li>\n");
    let doors = members(&document["channels"]).map(|(id, channel)| {
        link(
            &format!("door-{id}"),
            &format!("<code>{}</code> {}", word(&channel["address"]), transport(document, channel)),
        )
    });
    let event = |event: &Event<'_>| {
        let alone = if let [(place, _)] = &event.doors[..] { format!(" {place}") } else { String::new() };
        link(&event.id, &format!("<code>{}</code>{alone}", text(event.name)))
    };
    let events = |events: &[Event<'_>]| events.iter().map(event).collect();
    let types = members(&document["components"]["schemas"]).map(|(name, _)| link(&format!("type-{name}"), name));
    [
        list("doors", "Doors", doors.collect()),
        list("said", "What clients say", events(said)),
        list("told", "What clients are told", events(told)),
        list("types", "Types", types.collect()),
    ]
    .concat()
}

fn transport(document: &Value, channel: &Value) -> String {
    word(&resolved(document, &channel["servers"][0])["title"])
}

/// Each transport, and what is spoken over it.
fn doors(document: &Value) -> String {
    let transports = members(&document["servers"]).map(|(id, server)| {
        let here = |channel: &Value| channel["servers"][0]["$ref"] == format!("#/servers/{id}").as_str();
        let channels = members(&document["channels"]).filter(|(_, channel)| here(channel));
        let channels: String = channels.map(|(id, channel)| door(id, channel)).collect();
        format!(
            "<section>\n<h3>{}</h3>\n{}{channels}</section>\n",
            word(&server["title"]),
            transported(document, server)
        )
    });
    transports.collect()
}

fn transported(document: &Value, server: &Value) -> String {
    let tokens = items(&server["security"])
        .map(|scheme| prose(resolved(document, scheme)["description"].as_str().unwrap_or_default()));
    let tokens = all(tokens, |token| format!("<li>{token}</li>\n"));
    let codes: Vec<String> = items(&server["x-close-codes"])
        .map(|code| {
            let (meaning, then) = (word(&code["meaning"]), word(&code["then"]));
            format!("<th scope=\"row\"><code>{}</code></th><td>{meaning}</td><td>{then}</td>", code["code"])
        })
        .collect();
    let codes = table(&["Closed with", "Meaning", "What to do"], &codes);
    format!(
        "{}<p>The token, one of:</p>\n<ul>\n{tokens}</ul>\n{codes}",
        paragraphs(server["description"].as_str().unwrap_or_default())
    )
}

fn door(id: &str, channel: &Value) -> String {
    let snippets = items(&channel["x-snippets"]).map(|snippet| {
        let shown = listing(snippet["text"].as_str().unwrap_or_default());
        format!("<p class=\"form\">{}</p>\n{shown}", word(&snippet["title"]))
    });
    format!(
        "<article id=\"door-{id}\">\n<h4><code>{}</code></h4>\n<p><strong>{}.</strong> {}</p>\n{}</article>\n",
        word(&channel["address"]),
        word(&channel["title"]),
        prose(channel["description"].as_str().unwrap_or_default()),
        snippets.collect::<String>(),
    )
}

/// An event, which is one and the same at all doors where it carries the same.
struct Event<'a> {
    id: String,
    name: &'a str,
    summary: &'a str,
    data: &'a Value,
    answer: Option<&'a Value>,
    /// Where it is spoken, as HTML, and the message there.
    doors: Vec<(String, &'a Value)>,
}

/// The payload itself, out of the frame around it.
fn inner(schema: &Value) -> &Value {
    let fields = &schema["properties"];
    let framed = ["event", "success"].iter().any(|word| fields[word].get("const").is_some());
    let (params, carried) = (&fields["params"], &fields["params"]["properties"]);
    match (framed, params.is_object()) {
        (false, false) => schema,
        (false, true) => params,
        (true, false) => &fields["data"],
        // Rows or an item, the other of which is null.
        (true, true) if carried["item"]["type"] == "null" => &carried["data"],
        (true, true) => &carried["item"],
    }
}

/// The address of a channel, with its id where another has the same one.
fn place(document: &Value, reference: &Value) -> String {
    let address = word(&resolved(document, reference)["address"]);
    let alike = members(&document["channels"]).filter(|(_, channel)| word(&channel["address"]) == address);
    match reference["$ref"].as_str().and_then(|target| target.rsplit_once('/')) {
        Some((_, id)) if alike.count() > 1 => format!("{address} ({})", text(id)),
        _ => address,
    }
}

fn events<'a>(document: &'a Value, action: &str) -> Vec<Event<'a>> {
    let mut events: BTreeMap<(&str, String), Event<'a>> = BTreeMap::new();
    for (key, operation) in members(&document["operations"]).filter(|(_, operation)| operation["action"] == action) {
        let message = resolved(document, &operation["messages"][0]);
        let answer = operation.pointer("/reply/messages/0").map(|answer| inner(&resolved(document, answer)["payload"]));
        let (name, data) = (message["name"].as_str().unwrap_or_default(), inner(&message["payload"]));
        let event = events.entry((name, data.to_string())).or_insert_with(|| Event {
            id: format!("{action}-{}", key.replace('.', "-")),
            name,
            summary: message["summary"].as_str().unwrap_or_default(),
            data,
            answer,
            doors: Vec::new(),
        });
        event.doors.push((place(document, &operation["channel"]), message));
    }
    // What is spoken at most doors comes first.
    let mut events: Vec<Event<'a>> = events.into_values().collect();
    events.sort_by_key(|event| Reverse(event.doors.len()));
    events
}

impl Event<'_> {
    fn show(&self, document: &Value) -> String {
        let doors = self.doors.iter().map(|(place, _)| format!("<span class=\"at\">{place}</span>"));
        let named = name(self.data).map(|_| format!("<p class=\"form\">Carries {}</p>\n", kind(self.data)));
        let answer = self.answer.map(|answer| format!("<p class=\"form\">Acknowledged with {}</p>\n", kind(answer)));
        format!(
            "<article id=\"{}\">\n<h3><code>{}</code> {}</h3>\n<p>{}</p>\n{}{}{}{}</article>\n",
            self.id,
            text(self.name),
            doors.collect::<String>(),
            prose(self.summary),
            named.unwrap_or_default(),
            tables(document, self.data),
            answer.unwrap_or_default(),
            self.examples(),
        )
    }

    /// An example for each way to put it, with the doors where it is put so.
    fn examples(&self) -> String {
        let mut ways: Vec<(String, Vec<String>)> = Vec::new();
        for (place, message) in &self.doors {
            let example = format!("{:#}", message["examples"][0]["payload"]);
            let door = format!("<code>{place}</code>");
            match ways.iter_mut().find(|(shown, _)| *shown == example) {
                Some((_, doors)) => doors.push(door),
                None => ways.push((example, vec![door])),
            }
        }
        let shown = ways.iter().map(|(example, doors)| {
            format!("<details><summary>Example at {}</summary>\n{}</details>\n", doors.join(", "), listing(example))
        });
        shown.collect()
    }
}

fn types(document: &Value) -> String {
    let shown = members(&document["components"]["schemas"]).map(|(name, schema)| {
        format!(
            "<article id=\"type-{name}\">\n<h3><code>{name}</code></h3>\n{}{}</article>\n",
            paragraphs(schema["description"].as_str().unwrap_or_default()),
            if schema["properties"].is_null() && schema["type"] == "string" && schema["enum"].is_null() {
                String::new()
            } else {
                tables(document, schema)
            },
        )
    });
    shown.collect()
}
