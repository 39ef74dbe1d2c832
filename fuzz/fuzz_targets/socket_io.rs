#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| socketio::fuzzing::packet(input));
