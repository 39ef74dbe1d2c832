//! Frames in and out, and a broadcast on its way from a worker's inbox to the queues.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sockets::benching::{Room, decode};
use sockets::{Frame, Options};

/// About as long as a message's event.
const LONG: usize = 400;

/// A client's text frame, masked.
fn masked(len: u16) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let mut bytes = vec![0x81, 0x80 | 0x7e];
    bytes.extend_from_slice(&len.to_be_bytes());
    bytes.extend_from_slice(&mask);
    bytes.extend((0..usize::from(len)).map(|at| b'a' ^ mask[at % 4]));
    bytes
}

fn frames(criterion: &mut Criterion) {
    let options = Options::default();
    let mut group = criterion.benchmark_group("decode");
    for (name, bytes) in [("one of 200", masked(200)), ("32 of 200", masked(200).repeat(32)), ("4000", masked(4000))] {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        assert_ne!(decode(&bytes, &options), 0, "{name}");
        group.bench_function(name, |bencher| bencher.iter(|| decode(black_box(&bytes), &options)));
    }
    group.finish();
    let text = "x".repeat(LONG);
    criterion.bench_function("encode", |bencher| bencher.iter(|| Frame::text(black_box(&text))));
}

fn broadcast(criterion: &mut Criterion) {
    // A room needs the tasks of a runtime to be there; none of them has to run.
    let Ok(runtime) = actix_rt::Runtime::new() else { return };
    let frame = Frame::text(&"x".repeat(LONG));
    let mut group = criterion.benchmark_group("broadcast");
    for members in [10, 1000] {
        let room = runtime.block_on(async { Room::of(members) });
        assert_eq!(room.publish(&frame), members);
        group.throughput(Throughput::Elements(members as u64));
        group.bench_function(BenchmarkId::from_parameter(members), |bencher| bencher.iter(|| room.publish(&frame)));
    }
}

criterion_group!(benches, frames, broadcast);
criterion_main!(benches);
