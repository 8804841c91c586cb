//! What an operator reads after an import.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at what it did not expect"
)]

use super::*;
use crate::data::{gsi_files, sites};
use crate::import::hazard::{Hazards, Validity};
use crate::import::sites::read_gsi;

#[test]
fn the_first_import_tells_the_numbers_of_the_town() {
    assert_eq!(
        Summary::of(&sites(), None).to_string(),
        "島根県美郷町: 19 sites in 40 rows\n\
         designated for floods (洪水): 13 of 19; for floods and landslides: 11\n\
         never to be used in a flood: 上野ふれあい会館, 大和中学校体育館, 都賀行交流センター, \
         大和小学校体育館, 浜原隣保館, 大和中学校体育館\n\
         for those in need of care only (福祉避難所): 2 rows"
    );
}

#[test]
fn the_same_files_again_change_nothing() {
    let summary = Summary::of(&sites(), Some(&sites()));
    assert_eq!(summary.changes, Some(Vec::new()));
    assert!(summary.to_string().ends_with("\nnothing changed"));
}

#[test]
fn what_is_new_changed_or_gone_is_named() {
    let mut known = sites();
    let mut now = sites();
    known.remove(0);
    now.pop();
    now[1].hazards = Hazards::from_fn(|_| Validity::NotDesignated);
    now[2].name = "訓練会館".to_owned();
    let summary = Summary::of(&now, Some(&known)).to_string();
    let changes: Vec<_> = summary.lines().skip(4).collect();
    assert_eq!(changes.len(), 4);
    assert_eq!(changes[0], "new: 比之宮交流センター (E3244800001)");
    assert!(changes[1].starts_with(
        "changed: 君の谷農村塾 (E3244800002): 洪水 was 指定あり, is 指定なし; 崖崩れ、土石流及び地滑り was"
    ));
    assert_eq!(
        changes[2],
        "changed: 訓練会館 (E3244800003): it was called 沢谷体育館（沢谷交流センター）"
    );
    assert_eq!(changes[3], "not in these files, kept as it is: 大和中学校体育館 (E3244800021)");
}

#[test]
fn an_import_without_the_emergency_file_says_that_hazards_are_unknown() {
    let [_, evacuation] = gsi_files();
    let summary = Summary::of(&read_gsi(&[evacuation]).unwrap(), Some(&sites()));
    assert_eq!((summary.hazards_unknown, summary.flood_valid), (19, 0));
    let text = summary.to_string();
    assert!(text.contains("no word on hazards for 19 sites"));
    assert!(text.contains("洪水 was 指定あり, is 対象外の区分"));
}
