//! Pieces of HTML. Whatever comes out of the document is escaped.

/// Pieces, one after the other.
pub fn all<T>(items: impl IntoIterator<Item = T>, piece: impl Fn(T) -> String) -> String {
    items.into_iter().map(piece).collect()
}

/// Text, for between tags and for attributes in double quotes.
pub fn text(plain: &str) -> String {
    let mut escaped = String::with_capacity(plain.len());
    for letter in plain.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Prose: `code` and **strong words**, of all that Markdown has.
pub fn prose(plain: &str) -> String {
    let marked = between(&text(plain), "`", "code");
    between(&marked, "**", "strong")
}

/// Paragraphs of prose.
pub fn paragraphs(plain: &str) -> String {
    all(plain.trim().split("\n\n"), |part| format!("<p>{}</p>\n", prose(part)))
}

/// What may be pasted.
pub fn listing(plain: &str) -> String {
    format!("<pre tabindex=\"0\"><code>{}</code></pre>\n", text(plain))
}

/// A table, unless it has no rows.
pub fn table(heads: &[&str], rows: &[String]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let heads = all(heads, |head| format!("<th scope=\"col\">{head}</th>"));
    let rows = all(rows, |row| format!("<tr>{row}</tr>\n"));
    format!("<div class=\"table\"><table><thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table></div>\n")
}

fn between(text: &str, mark: &str, tag: &str) -> String {
    let parts: Vec<&str> = text.split(mark).collect();
    let last = parts.len() - 1;
    let tagged = parts.iter().enumerate().map(|(place, part)| match place % 2 {
        1 if place < last => format!("<{tag}>{part}</{tag}>"),
        // A mark without its counterpart is a letter like any other.
        1 => format!("{mark}{part}"),
        _ => (*part).to_owned(),
    });
    tagged.collect()
}
