use proptest::prelude::*;

use super::*;

/// A client frame.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut wire = vec![first];
    match payload.len() {
        length @ 0..=125 => wire.push(0x80 | u8::try_from(length).unwrap()),
        length @ 126..=65_535 => {
            wire.push(0x80 | 0x7E);
            wire.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            wire.push(0x80 | 0x7F);
            wire.extend((length as u64).to_be_bytes());
        }
    }
    wire.extend(mask);
    let mut payload = payload.to_vec();
    unmask(&mut payload, mask);
    wire.extend(payload);
    wire
}

fn decode(bytes: &[u8]) -> Result<Vec<Inbound>, u16> {
    let mut out = Vec::new();
    Decoder::default().feed(bytes, &Options::default(), &mut out).map(|()| out).map_err(|fault| fault.code)
}

fn text(text: &str) -> Inbound {
    Inbound::Message(Message::Text(text.to_owned().into()))
}

#[test]
fn messages_and_control_frames_are_told_apart() {
    let mut wire = frame(0x81, b"hi");
    wire.extend(frame(0x82, &[1, 2]));
    wire.extend(frame(0x89, b"p"));
    wire.extend(frame(0x8A, b""));
    wire.extend(frame(0x88, &[0x03, 0xE8]));
    let expected = [
        text("hi"),
        Inbound::Message(Message::Binary(Bytes::from_static(&[1, 2]))),
        Inbound::Ping(Bytes::from_static(b"p")),
        Inbound::Pong,
        Inbound::Close(Some(1000)),
    ];
    assert_eq!(decode(&wire), Ok(expected.to_vec()));
}

#[test]
fn fragments_are_joined_around_control_frames() {
    let mut wire = frame(0x01, "ä".as_bytes().get(..1).unwrap());
    wire.extend(frame(0x89, b""));
    wire.extend(frame(0x80, "ä".as_bytes().get(1..).unwrap()));
    assert_eq!(decode(&wire), Ok(vec![Inbound::Ping(Bytes::new()), text("ä")]));
}

#[test]
fn what_breaks_the_protocol_is_refused_with_its_code() {
    let unmasked = vec![0x81, 2, b'h', b'i'];
    let two_starts = [frame(0x01, b"a"), frame(0x81, b"b")].concat();
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("unmasked", unmasked, 1002),
        ("reserved bit", frame(0xC1, b""), 1002),
        ("unknown opcode", frame(0x83, b""), 1002),
        ("unknown control opcode", frame(0x8B, b""), 1002),
        ("fragmented ping", frame(0x09, b""), 1002),
        ("long ping", frame(0x89, &[0; 126]), 1002),
        ("continuation of nothing", frame(0x80, b""), 1002),
        ("a message inside another", two_starts, 1002),
        ("close of one byte", frame(0x88, &[3]), 1002),
        ("close code 999", frame(0x88, &999u16.to_be_bytes()), 1002),
        ("close code 1005", frame(0x88, &1005u16.to_be_bytes()), 1002),
        ("close code 1016", frame(0x88, &1016u16.to_be_bytes()), 1002),
        ("close code 2999", frame(0x88, &2999u16.to_be_bytes()), 1002),
        ("close code 5000", frame(0x88, &5000u16.to_be_bytes()), 1002),
        ("close reason", frame(0x88, &[0x03, 0xE8, 0xFF]), 1007),
        ("text", frame(0x81, &[0xFF]), 1007),
        ("text cut in a character", frame(0x81, &[0xC3]), 1007),
        ("first fragment", frame(0x01, &[0xFF]), 1007),
    ];
    for (name, wire, code) in cases {
        assert_eq!(decode(&wire), Err(code), "{name}");
    }
}

#[test]
fn a_length_is_refused_by_its_header_alone() {
    let limit = Options::default().max_message;
    assert!(decode(&frame(0x82, &vec![0; limit])).is_ok());
    let mut header = vec![0x82, 0x80 | 0x7F];
    header.extend((limit as u64 + 1).to_be_bytes());
    assert_eq!(decode(&header), Err(1009));
    assert_eq!(decode(&[0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), Err(1009));
    let joined = [frame(0x02, &vec![0; limit]), frame(0x80, &[0])].concat();
    assert_eq!(decode(&joined), Err(1009), "also in sum");
}

#[test]
fn fragments_are_counted() {
    let most = Options::default().max_fragments;
    let mut wire = frame(0x01, b"");
    wire.extend(frame(0x00, b"").repeat(most - 2));
    assert!(decode(&[wire.clone(), frame(0x80, b"")].concat()).is_ok());
    wire.extend(frame(0x00, b""));
    assert_eq!(decode(&[wire, frame(0x80, b"")].concat()), Err(1009));
}

proptest! {
    #[test]
    fn the_cut_of_the_stream_does_not_matter(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..6),
        cuts in prop::collection::vec(1usize..40, 1..20),
    ) {
        let wire: Vec<u8> = payloads.iter().flat_map(|payload| frame(0x82, payload)).collect();
        let (mut decoder, mut out, mut rest) = (Decoder::default(), Vec::new(), &wire[..]);
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break }
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            decoder.feed(now, &Options::default(), &mut out).unwrap();
            rest = later;
        }
        let expected: Vec<_> = payloads.into_iter().map(|p| Inbound::Message(Message::Binary(p.into()))).collect();
        prop_assert_eq!(out, expected);
    }

    #[test]
    fn any_stream_is_bounded_however_it_is_cut(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        frames in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..300)), 0..8),
    ) {
        crate::fuzzing::frames(&bytes);
        let wire: Vec<u8> = frames.iter().flat_map(|(first, payload)| frame(first & 0x8F, payload)).collect();
        crate::fuzzing::frames(&[wire, bytes].concat());
    }
}
