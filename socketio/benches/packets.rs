//! Packets in and out.

use std::hint::black_box;

use bytes::Bytes;
use bytestring::ByteString;
use criterion::{Criterion, criterion_group, criterion_main};
use socketio::{benching, packet};

const COMMAND: &str =
    r#"["message:send",{"conversationId":"0192f0c2-0a3b-7f10-b2c4-7a8b9c0d1e2f","content":"good morning"}]"#;

fn packets(criterion: &mut Criterion) {
    let command = ByteString::from(format!("212{COMMAND}"));
    let elsewhere = ByteString::from(format!("2/chat,12{COMMAND}"));
    for (name, text) in [("parse/main namespace", command), ("parse/other namespace", elsewhere)] {
        assert!(benching::packet(&text), "{name}");
        criterion.bench_function(name, |bencher| bencher.iter(|| benching::packet(black_box(&text))));
    }
    // Behind the Engine.IO message type, as polling has it.
    let body = Bytes::from(vec![format!("4212{COMMAND}"); 8].join("\x1e"));
    assert_eq!(benching::payload(body.clone()), 8);
    criterion.bench_function("payload of 8", |bencher| bencher.iter(|| benching::payload(black_box(body.clone()))));

    criterion.bench_function("encode/event", |bencher| bencher.iter(|| packet::event("/chat", black_box(COMMAND))));
    criterion.bench_function("encode/ack", |bencher| bencher.iter(|| packet::ack("/", 12, black_box(COMMAND))));
}

criterion_group!(benches, packets);
criterion_main!(benches);
