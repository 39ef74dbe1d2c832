use bytestring::ByteString;
use proptest::prelude::*;

use super::parse::{Head, Kind};
use super::*;

fn read(text: &str) -> Result<Head, Malformed> {
    parse(&ByteString::from(text), 10)
}

fn written(frame: &Frame) -> String {
    String::from_utf8(frame.payload().to_vec()).unwrap()
}

#[test]
fn packets_are_taken_apart() {
    let head = |namespace: &str, attachments, kind| Head { namespace: namespace.into(), kind, attachments };
    let event = |args: &str, ack| Kind::Event { args: args.into(), ack };
    for (text, expected) in [
        ("0", head("/", 0, Kind::Connect(None))),
        ("0/custom", head("/custom", 0, Kind::Connect(None))),
        ("0/custom,", head("/custom", 0, Kind::Connect(None))),
        ("0{\"token\":\"1\"}", head("/", 0, Kind::Connect(Some("{\"token\":\"1\"}".into())))),
        ("0/a/b,{}", head("/a/b", 0, Kind::Connect(Some("{}".into())))),
        ("1", head("/", 0, Kind::Disconnect)),
        ("1/custom,", head("/custom", 0, Kind::Disconnect)),
        ("2[\"a\", 1 ]", head("/", 0, event("[\"a\", 1 ]", None))),
        ("2/c,17[\"a\"]", head("/c", 0, event("[\"a\"]", Some(17)))),
        ("29999999999999999999[\"a\"]", head("/", 0, event("[\"a\"]", Some(9_999_999_999_999_999_999)))),
        ("3456[18446744073709551616]", head("/", 0, Kind::Ack { args: "[18446744073709551616]".into(), id: 456 })),
        ("50-[\"a\"]", head("/", 0, event("[\"a\"]", None))),
        ("510-/c,7[\"a\",{\"_placeholder\":true,\"num\":0}]", {
            head("/c", 10, event("[\"a\",{\"_placeholder\":true,\"num\":0}]", Some(7)))
        }),
        ("61-1[{}]", head("/", 1, Kind::Ack { args: "[{}]".into(), id: 1 })),
    ] {
        assert_eq!(read(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_no_packet_is_refused() {
    let long = format!("0/{}", "n".repeat(256));
    for text in [
        "",
        "abc",
        "7",
        "999",
        "5",
        "51",
        "5a-",
        "5-[\"x\"]",
        "51.23-",
        "51.23-[\"x\"]",
        "5-1-[\"x\"]",
        "5 1-[\"x\"]",
        "5+1-[\"x\"]",
        "511-[\"x\"]",
        "5999999999-[\"x\"]",
        "599999999999999999999999-[\"x\"]",
        "0[]",
        "0[1]",
        "0null",
        "0\"x\"",
        "01",
        "0{",
        "0{}x",
        "1{}",
        "1/admin,{}",
        "11",
        "2",
        "2{}",
        "2[]",
        "2[null]",
        "2[true]",
        "2[1]",
        "2[{\"toString\":\"x\"}]",
        "2[\"a\"",
        "2[\"a\",]",
        "2[\"a\"]]",
        "2[\"connect\"]",
        "2[\"connect_error\"]",
        "2[\"disconnect\"]",
        "2[\"disconnecting\"]",
        "2[\"newListener\"]",
        "2[\"removeListener\"]",
        "2[\"conn\\u0065ct\"]",
        "2[\"\\ud800\"]",
        "2[\"a\u{0}\"]",
        "2abc[\"a\"]",
        "2-1[\"a\"]",
        "2/custom[\"a\"]",
        "3[1]",
        "31{}",
        "31",
        "4",
        "4{\"message\":\"x\"}",
        "6",
        "61-[1]",
        "218446744073709551616[\"a\"]",
        "200000000000000000000[\"a\"]",
        &long,
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |deep: usize| format!("2[\"a\",{}1{}]", "[".repeat(deep), "]".repeat(deep));
    assert!(read(&nested(MAX_DEPTH - 1)).is_ok());
    assert_eq!(read(&nested(MAX_DEPTH)), Err(Malformed("the payload is nested too deep")));
    assert!(read(&nested(100_000)).is_err());
    assert!(read(&format!("0{}1", "{\"a\":".repeat(100_000))).is_err());
    // Brackets within strings are text.
    assert!(read(&format!("2[\"a\",\"\\\"{}\"]", "[".repeat(100_000))).is_ok());
    assert!(serde_json::from_str::<Value>(&nested(MAX_DEPTH - 1)[1..]).is_ok(), "what is let in can be read");
}

#[test]
fn packets_are_written_byte_for_byte() {
    let refusal = Refusal::new("Invalid namespace");
    let more = Refusal { message: "a \"quote\"".to_owned(), data: Some(serde_json::json!({"code": 1})) };
    for (frame, expected) in [
        (event("/", "[\"a\",1]"), "42[\"a\",1]"),
        (event("/chat", "[\"a\"]"), "42/chat,[\"a\"]"),
        (event_with_ack("/chat", 3, "[\"a\"]"), "42/chat,3[\"a\"]"),
        (ack("/", 456, "[1,\"2\"]"), "43456[1,\"2\"]"),
        (binary_event("/", 2, None, "[\"a\"]"), "452-[\"a\"]"),
        (binary_event("/c", 1, Some(5), "[\"a\"]"), "451-/c,5[\"a\"]"),
        (binary_ack("/", 2, 789, "[]"), "462-789[]"),
        (disconnect("/"), "41"),
        (disconnect("/chat"), "41/chat,"),
        (connected("/", "abc", None), "40{\"sid\":\"abc\"}"),
        (connected("/c", "abc", Some("p")), "40/c,{\"sid\":\"abc\",\"pid\":\"p\"}"),
        (refused("/random", &refusal), "44/random,{\"message\":\"Invalid namespace\"}"),
        (refused("/", &more), "44{\"message\":\"a \\\"quote\\\"\",\"data\":{\"code\":1}}"),
    ] {
        assert_eq!(written(&frame), expected);
        assert!(frame.is_text());
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn an_event_comes_back_as_it_was(
        name in "[a-z]{1,9}x",
        namespace in prop_oneof![Just("/".to_owned()), "/[a-z/0-9\u{e4}]{0,9}"],
        id in prop::option::of(0..=9_999_999_999_999_999_999u64),
        args in prop::collection::vec(json_value(), 0..4),
        attachments in 0usize..11,
    ) {
        let array = serde_json::to_string(&[vec![Value::from(name)], args].concat()).unwrap();
        let binary = read(&written(&binary_event(&namespace, attachments, id, &array))[1..]);
        let kind = Kind::Event { args: array.as_str().into(), ack: id };
        prop_assert_eq!(binary, Ok(Head { namespace: namespace.as_str().into(), kind, attachments }));
    }

    #[test]
    fn whatever_is_let_in_is_json_and_a_packet(
        text in any::<String>(),
        begin in "[0-9]{0,3}[-/,]?[0-9a-z]{0,4},?[0-9]{0,21}[\\[{\"]{0,3}",
        head in "[0-6](1-)?(/a,)?[0-9]{0,2}",
        json in "[\\[\\]{}\",:a-c0-9\\\\ ]{0,24}",
    ) {
        crate::fuzzing::packet(&text);
        crate::fuzzing::packet(&(begin + &text));
        crate::fuzzing::packet(&(head + &json));
    }
}
