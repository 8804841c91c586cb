//! The program behind `make fuzz`: libFuzzer around one target, or the campaign over all of them.
#![no_main]

use digiana_tests::fuzz::Target;
use digiana_tests::fuzz::campaign::target_or_campaign;
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

static TARGET: OnceLock<&Target> = OnceLock::new();

fuzz_target!(
    init: {
        TARGET.get_or_init(target_or_campaign);
    },
    |bytes: &[u8]| {
        (TARGET.get_or_init(target_or_campaign).run)(bytes);
    }
);
