#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| sockets::fuzzing::frames(input));
