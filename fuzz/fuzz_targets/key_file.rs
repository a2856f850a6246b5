#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| twofold_fuzz::key_file::holds(input));
