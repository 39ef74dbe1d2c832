use std::collections::BTreeSet;

use super::{PAGE_POLICY, document, html, page};

#[test]
fn every_link_of_the_page_leads_to_one_place_in_it() {
    let page = page::page(&document());
    let after = |mark: &'static str| page.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap());
    let ids: Vec<&str> = after(" id=\"").collect();
    let places: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(places.len(), ids.len(), "ids are there once");
    let mut links = 0;
    for link in after("href=\"#") {
        assert!(places.contains(link), "{link}");
        links += 1;
    }
    assert!(links > 150, "{links}");
}

#[test]
fn the_page_shows_every_message_and_type_and_loads_nothing() {
    let document = document();
    let page = page::page(&document);
    for (_, channel) in document["channels"].as_object().unwrap() {
        assert!(page.contains(&html::text(channel["address"].as_str().unwrap())));
        for (key, message) in channel["messages"].as_object().unwrap() {
            assert!(
                page.contains(&html::prose(message["summary"].as_str().unwrap()))
                    || key.ends_with("Ack")
                    || key == "refused",
                "{key}"
            );
        }
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("id=\"type-{name}\"")), "{name}");
    }
    for loading in ["<script", "<link", "<img", " src=", "url(", "@import"] {
        assert!(!page.contains(loading), "{loading}");
    }
    assert!(PAGE_POLICY.starts_with("default-src 'none'"));
}

#[test]
fn what_comes_out_of_the_document_is_text() {
    assert_eq!(html::text("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    assert_eq!(html::prose("a `b<c` **d** `e"), "a <code>b&lt;c</code> <strong>d</strong> `e");
    assert_eq!(html::paragraphs("a\n\nb"), "<p>a</p>\n<p>b</p>\n");
}

#[test]
fn doors_at_one_address_are_told_apart_and_frames_are_shown_by_what_they_carry() {
    let page = page::page(&document());
    let article = |id: &str| {
        let after = page.split_once(&format!("<article id=\"{id}\">")).unwrap().1;
        after.split_once("</article>").unwrap().0
    };
    for (id, shown) in [
        ("receive-chat-messageSend", "<span class=\"at\">/ (main)</span>"),
        ("receive-chat-messageSend", "<code>/ (main)</code>"),
        ("receive-frames-newGroup", "<span class=\"at\">/ (frames)</span>"),
        ("receive-frames-newGroup", "<code>groupName</code>"),
        ("receive-frames-newGroup", "Acknowledged with null"),
        ("receive-frames-listLastMessage", "Acknowledged with list of <a href=\"#type-FrameLatestRowDto\">"),
        ("send-frames-leaveGroupPush", "Carries <a href=\"#type-FrameNoticeDto\">"),
        ("send-frames-processor", "<code>message</code>"),
    ] {
        assert!(article(id).contains(shown), "{id}: {shown}\n{}", article(id));
    }
    assert!(!article("receive-chat-messageSend").contains("/ws ("), "an address of its own says enough");
}
