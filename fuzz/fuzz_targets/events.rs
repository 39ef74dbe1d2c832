#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| api::fuzzing::events(input));
