//! Every target over its seeds and kept inputs, without libFuzzer.

use super::*;

#[test]
fn no_seed_breaks_a_promise() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{}", target.name);
        for (number, seed) in seeds.iter().enumerate() {
            // Of a failing input the last line tells which it was.
            println!("{}: seed {number}", target.name);
            (target.run)(seed);
        }
    }
}

#[test]
fn no_kept_input_breaks_a_promise() {
    for target in TARGETS {
        let kept = corpus::read(target).expect("corpora are read");
        for one in &kept {
            // Of a failing input the last line tells which it was.
            println!("{}: {}", target.name, one.name);
            (target.run)(&one.bytes);
        }
        assert!(!kept.is_empty(), "{} has no corpus", target.name);
    }
}
