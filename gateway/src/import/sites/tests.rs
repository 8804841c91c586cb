//! The real files of Misato, and small ones with one thing wrong.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at what it did not expect"
)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::data::{GSI_EMERGENCY, GSI_EVACUATION, gsi_files};
use crate::import::{FILE_BYTES_MAX, FILE_ROWS_MAX, MISTAKES_MAX};

const PLACES: &str = include_str!("../../../data/misato/misato-places.csv");

/// A good emergency row, 訓練データ.
const EMERGENCY: &str = r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[132.5,35.0]},"properties":{"NO":1,"共通ID":"E3244890001201","都道府県名及び市町村名":"島根県美郷町","施設・場所名":"訓練会館","住所":"訓練1","洪水":"1","崖崩れ、土石流及び地滑り":"","高潮":"","地震":"1","津波":"","大規模な火事":"1","内水氾濫":"1","火山現象":"1","指定避難所との住所同一":"1","備考":""}}"#;

/// A good shelter row of the same place, 訓練データ.
const SHELTER: &str = r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[132.6,35.1]},"properties":{"NO":2,"共通ID":"E3244890001111","都道府県名及び市町村名":"島根県美郷町","施設・場所名":"訓練会館","住所":"訓練1","指定緊急避難場所との住所同一":"1","その他市町村長が必要と認める事項":null,"受入対象者":null,"備考":""}}"#;

fn real() -> Vec<SiteImport> {
    read_gsi(&gsi_files()).unwrap()
}

fn list(rows: &[&str]) -> String {
    format!("[{}]", rows.join(","))
}

fn read(text: &str) -> Result<Vec<SiteImport>, ImportFault> {
    read_gsi(&[("drill.json", text.as_bytes())])
}

fn edited(row: &str, from: &str, to: &str) -> String {
    assert!(row.contains(from), "{from} is in the row");
    row.replace(from, to)
}

/// The mistakes found in the file, a line each.
fn mistakes(text: &str) -> Vec<String> {
    let fault = read(text).unwrap_err();
    fault.mistakes().iter().map(ToString::to_string).collect()
}

/// An emergency row with one edit is refused with this one sentence.
fn check(from: &str, to: &str, sentence: &str) {
    assert_eq!(mistakes(&list(&[&edited(EMERGENCY, from, to)])), [sentence]);
}

fn valid_in<'a>(sites: &'a [SiteImport], hazards: &[Hazard]) -> Vec<&'a str> {
    let valid = sites.iter().filter(|site| site.is_designated_for(hazards));
    valid.map(|site| site.name.as_str()).collect()
}

#[test]
fn forty_rows_of_misato_are_nineteen_sites() {
    let sites = real();
    assert_eq!(sites.len(), 19);
    assert_eq!(sites.iter().map(|site| site.designations.len()).sum::<usize>(), 40);
    assert!(sites.is_sorted_by_key(|site| &site.key));
    assert!(sites.iter().all(|site| site.municipality == "島根県美郷町"));
    assert!(sites.iter().all(SiteImport::is_for_everyone));
    let ids: BTreeSet<_> = sites.iter().map(|site| site.id).collect();
    assert_eq!(ids.len(), 19);
}

#[test]
fn thirteen_sites_of_misato_are_valid_in_a_flood_and_eleven_in_a_landslide_too() {
    let sites = real();
    assert_eq!(valid_in(&sites, &[Hazard::Flood]).len(), 13);
    assert_eq!(valid_in(&sites, &[Hazard::Flood, Hazard::Landslide]).len(), 11);
    let not_flood = sites.iter().filter(|site| !site.is_designated_for(&[Hazard::Flood]));
    assert_eq!(
        not_flood.map(|site| site.name.as_str()).collect::<Vec<_>>(),
        [
            "上野ふれあい会館",
            "大和中学校体育館",
            "都賀行交流センター",
            "大和小学校体育館",
            "浜原隣保館",
            "大和中学校体育館",
        ]
    );
}

#[test]
fn two_gymnasiums_of_one_name_are_two_sites() {
    let sites = real();
    let gyms = sites.iter().filter(|site| site.name == "大和中学校体育館");
    assert_eq!(
        gyms.map(|site| (site.key.as_str(), site.address.as_str())).collect::<Vec<_>>(),
        [("E3244800008", "島根県美郷町長藤195"), ("E3244800021", "島根県美郷町長藤219-14"),]
    );
}

#[test]
fn a_hall_for_those_in_need_of_care_keeps_its_row_for_everyone() {
    let sites = real();
    let halls = sites.iter().filter(|site| {
        let mut kinds = site.designations.iter().map(|row| &row.kind);
        kinds
            .any(|kind| matches!(kind, DesignationKind::Welfare { admits } if admits == "要配慮者"))
    });
    let halls: Vec<_> = halls.map(|site| (site.name.as_str(), site.designations.len())).collect();
    assert_eq!(halls, [("まほろば福祉センター（大和事務所）", 3), ("みさと館", 3)]);
}

#[test]
fn the_files_of_gsi_agree_with_the_towns_table() {
    let table = PLACES.trim_start_matches('\u{feff}').lines().skip(1);
    let table: BTreeMap<_, Vec<_>> = table
        .map(|line| line.split(',').collect::<Vec<_>>())
        .filter(|cells| cells[0].starts_with("指定"))
        .map(|cells| (cells[1].to_owned(), cells))
        .collect();
    assert_eq!(table.len(), 40);
    for site in real() {
        for row in &site.designations {
            let cells = &table[row.common_id.as_str()];
            assert_eq!(cells[2], site.name);
            assert_eq!(cells[4], site.address);
            match &row.kind {
                DesignationKind::Emergency { hazards } => {
                    assert_eq!(cells[0], "指定緊急避難場所");
                    for ((_, validity), cell) in hazards.iter().zip(&cells[7..15]) {
                        assert_eq!(validity == Validity::Designated, *cell == "1");
                        assert_ne!(validity, Validity::OutOfScope);
                    }
                    assert_eq!(cells[5].parse(), Ok(site.latitude));
                    assert_eq!(cells[6].parse(), Ok(site.longitude));
                }
                DesignationKind::Shelter => {
                    assert_eq!((cells[0], cells[16]), ("指定避難所", ""));
                }
                DesignationKind::Welfare { admits } => {
                    assert_eq!((cells[0], cells[16]), ("指定避難所", admits.as_str()));
                }
            }
        }
    }
}

#[test]
fn the_name_of_a_site_comes_from_its_key_alone() {
    let id = |key: &str| CommonId::parse(key).unwrap().site_key().site_id();
    assert_eq!(id("E3244800001201"), id("E3244800001111"));
    assert_ne!(id("E3244800001201"), id("E3244800002201"));
    assert_eq!(id("E3244800001201").to_string(), "ce8e42d945cd1495");
}

#[test]
fn the_order_of_files_and_rows_does_not_matter() {
    let [emergency, evacuation] = gsi_files();
    assert_eq!(read_gsi(&[evacuation, emergency]).unwrap(), real());
    assert_eq!(read(&list(&[SHELTER, EMERGENCY])), read(&list(&[EMERGENCY, SHELTER])));
}

#[test]
fn a_feature_collection_and_a_byte_order_mark_are_read_too() {
    let bare = list(&[EMERGENCY, SHELTER]);
    let collection = format!(r#"{{"type":"FeatureCollection","name":"324485","features":{bare}}}"#);
    assert_eq!(read(&collection), read(&bare));
    assert_eq!(read(&format!("\u{feff}{bare}")), read(&bare));
}

#[test]
fn the_emergency_row_has_the_word_and_other_names_are_kept() {
    let renamed = edited(SHELTER, "訓練会館", "訓練会館（本館）");
    let sites = read(&list(&[&renamed, EMERGENCY])).unwrap();
    let [site] = sites.as_slice() else { panic!("one site") };
    assert_eq!(site.name, "訓練会館");
    assert_eq!(site.other_names, ["訓練会館（本館）"]);
    assert_eq!((site.latitude, site.longitude), (35.0, 132.5));
}

#[test]
fn a_shelter_without_an_emergency_row_is_valid_for_nothing() {
    let sites = read(&list(&[SHELTER])).unwrap();
    let [site] = sites.as_slice() else { panic!("one site") };
    assert_eq!(site.hazards, Hazards::OUT_OF_SCOPE);
    for hazard in Hazard::ALL {
        assert!(!site.is_designated_for(&[hazard]));
    }
}

#[test]
fn of_two_emergency_rows_the_more_careful_holds() {
    let other = edited(EMERGENCY, "E3244890001201", "E3244890001202");
    let other = edited(
        &other,
        r#""洪水":"1","崖崩れ、土石流及び地滑り":"""#,
        r#""洪水":"","崖崩れ、土石流及び地滑り":"1""#,
    );
    let sites = read(&list(&[&other, EMERGENCY])).unwrap();
    let [site] = sites.as_slice() else { panic!("one site") };
    assert_eq!(site.hazards.of(Hazard::Flood), Validity::NotDesignated);
    assert_eq!(site.hazards.of(Hazard::Landslide), Validity::NotDesignated);
    assert_eq!(site.hazards.of(Hazard::Earthquake), Validity::Designated);
}

#[test]
fn a_place_for_those_in_need_of_care_only_is_not_for_everyone() {
    let row = edited(SHELTER, r#""受入対象者":null"#, r#""受入対象者":"要配慮者""#);
    let sites = read(&list(&[&row])).unwrap();
    assert!(sites.iter().all(|site| !site.is_for_everyone()));
}

#[test]
fn what_a_row_says_beside_is_kept() {
    let row = edited(SHELTER, r#""備考":"""#, r#""備考":"洪水時は2階""#);
    let sites = read(&list(&[&row])).unwrap();
    assert_eq!(sites[0].designations[0].remarks, ["洪水時は2階"]);
}

#[test]
fn a_missing_field_is_named_with_its_row_and_what_belongs_there() {
    check(
        r#""洪水":"1","#,
        "",
        "drill.json, row 1 (E3244890001201), 洪水: the field is missing; expected \"1\" for 指定あり or an empty text for 指定なし",
    );
    check(
        r#""共通ID":"E3244890001201","#,
        "",
        "drill.json, row 1, 共通ID: the field is missing; expected E and 13 digits",
    );
    check(
        r#""施設・場所名":"訓練会館","#,
        "",
        "drill.json, row 1 (E3244890001201), 施設・場所名: the field is missing; expected the name of the place",
    );
    check(
        r#""coordinates":[132.5,35.0]"#,
        r#""bbox":[]"#,
        "drill.json, row 1 (E3244890001201), coordinates: the field is missing; expected longitude and latitude in degrees",
    );
}

#[test]
fn a_field_that_stands_there_twice_is_refused_and_named() {
    check(
        r#""洪水":"1","#,
        r#""洪水":"","洪水":"1","#,
        "drill.json, row 1 (E3244890001201), 洪水: the field stands there twice; keep the one that is right",
    );
    check(
        r#""type":"Point","#,
        r#""type":"Point","type":"Point","#,
        "drill.json, row 1 (E3244890001201), type: the field stands there twice; keep the one that is right",
    );
    let features = list(&[EMERGENCY]);
    assert_eq!(
        mistakes(&format!(r#"{{"features":{features},"features":{features}}}"#)),
        ["drill.json, features: the field stands there twice; keep the one that is right"]
    );
}

#[test]
fn a_key_that_stands_in_two_rows_is_refused_with_both_places() {
    assert_eq!(
        mistakes(&list(&[EMERGENCY, SHELTER, EMERGENCY])),
        [
            "drill.json, row 3 (E3244890001201), 共通ID: this key stands in row 1 of drill.json already; keep one of the two rows"
        ]
    );
    let fault = read_gsi(&[("a.json", GSI_EVACUATION), ("b.json", GSI_EVACUATION)]).unwrap_err();
    assert_eq!((fault.mistakes().len(), fault.left_off()), (20, 1));
}

#[test]
fn a_value_of_the_wrong_type_or_meaning_is_refused() {
    check(
        r#""洪水":"1""#,
        r#""洪水":1"#,
        "drill.json, row 1 (E3244890001201), 洪水: expected \"1\" for 指定あり or an empty text for 指定なし, found a number",
    );
    check(
        r#""洪水":"1""#,
        r#""洪水":"○""#,
        "drill.json, row 1 (E3244890001201), 洪水: expected \"1\" for 指定あり or an empty text for 指定なし, found \"○\"",
    );
    check(
        "E3244890001201",
        "3244890001201",
        "drill.json, row 1, 共通ID: expected E and 13 digits, found \"3244890001201\"",
    );
    check(
        "訓練会館",
        " ",
        "drill.json, row 1 (E3244890001201), 施設・場所名: expected the name of the place, found \" \"",
    );
    check(
        "訓練会館",
        r"訓練\u001b[2J会館",
        "drill.json, row 1 (E3244890001201), 施設・場所名: expected the name of the place, found \"訓練\\u{1b}[2J会館\"",
    );
    check(
        r#""coordinates":[132.5,35.0]"#,
        r#""coordinates":["132.5",35.0]"#,
        "drill.json, row 1 (E3244890001201), coordinates: expected longitude and latitude in degrees, found a text",
    );
    check(
        r#""type":"Point""#,
        r#""type":"Polygon""#,
        "drill.json, row 1 (E3244890001201), geometry: expected a Point, found Polygon",
    );
    check(
        r#""備考":"""#,
        r#""受入対象者":"","備考":"""#,
        "drill.json, row 1 (E3244890001201), 受入対象者: the row has this property of a shelter beside hazard flags; one of them is wrong here",
    );
}

#[test]
fn a_place_outside_japan_is_refused_and_swapped_numbers_are_recognised() {
    check(
        "[132.5,35.0]",
        "[35.0,132.5]",
        "drill.json, row 1 (E3244890001201), coordinates: longitude 35, latitude 132.5 is not in Japan; the two numbers are swapped: longitude comes first",
    );
    check(
        "[132.5,35.0]",
        "[0,0]",
        "drill.json, row 1 (E3244890001201), coordinates: longitude 0, latitude 0 is not in Japan",
    );
}

#[test]
fn a_file_that_is_not_rows_is_refused() {
    let features = "expected a list of features, found";
    let unavailable = r#"{"type":"unavailable","code":"111015"}"#;
    for (text, sentence) in [
        ("[]", "drill.json: there is no row in it".to_owned()),
        (unavailable, format!("drill.json: {features} an object without `features`")),
        ("7", format!("drill.json: {features} a number")),
        (r#"{"features":null}"#, format!("drill.json: {features} null")),
        ("[null]", "drill.json, row 1: expected a GeoJSON feature, found null".to_owned()),
    ] {
        assert_eq!(mistakes(text), [sentence]);
    }
    let fault = read_gsi(&[]).unwrap_err();
    assert_eq!(fault.mistakes()[0].wrong, Wrong::Empty);
}

#[test]
fn text_that_is_not_json_is_refused_with_line_and_character() {
    let fault = read("[\n {\"洪水\" \"1\"}]").unwrap_err();
    assert_eq!(
        fault.mistakes()[0].to_string(),
        "drill.json, line 2, character 8: this is not JSON: expected `:`"
    );
    let fault = read("").unwrap_err();
    assert_eq!(
        fault.mistakes()[0].to_string(),
        "drill.json, line 1, character 1: this is not JSON: EOF while parsing a value"
    );
    let shift_jis = b"[\n\"\x8d\x5e\x90\x85\"]";
    let fault = read_gsi(&[("drill.json", shift_jis)]).unwrap_err();
    assert_eq!(
        fault.mistakes()[0].to_string(),
        "drill.json, line 2, character 2: the text is not UTF-8; save the file as UTF-8"
    );
}

#[test]
fn a_file_far_too_long_is_refused() {
    let long = vec![b' '; FILE_BYTES_MAX + 1];
    let fault = read_gsi(&[("drill.json", &long)]).unwrap_err();
    assert_eq!(
        fault.mistakes()[0].wrong,
        Wrong::FileTooLong { bytes: FILE_BYTES_MAX + 1, max: FILE_BYTES_MAX }
    );
    let fault = read(&list(&vec!["0"; FILE_ROWS_MAX + 1])).unwrap_err();
    assert_eq!(
        fault.mistakes()[0].wrong,
        Wrong::TooManyRows { rows: FILE_ROWS_MAX + 1, max: FILE_ROWS_MAX }
    );
    let deep = "[".repeat(100_000);
    assert_eq!(read(&deep).unwrap_err().mistakes().len(), 1);
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once_up_to_a_screen_of_them() {
    let row = edited(EMERGENCY, r#""洪水":"1""#, r#""洪水":"○""#);
    let row = edited(&row, "[132.5,35.0]", "[0,0]");
    assert_eq!(mistakes(&list(&[&row, SHELTER])).len(), 2);
    let fault = read(&list(&vec!["0"; 27])).unwrap_err();
    assert_eq!((fault.mistakes().len(), fault.left_off()), (MISTAKES_MAX, 7));
    assert!(fault.to_string().starts_with("nothing was imported\n  drill.json, row 1: "));
    assert!(fault.to_string().contains("\n  and 7 more\n"));
}

#[test]
fn one_bad_file_keeps_the_good_one_out() {
    let [emergency, _] = gsi_files();
    let fault = read_gsi(&[emergency, ("drill.json", b"[]")]).unwrap_err();
    assert_eq!(fault.mistakes().len(), 1);
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let whole = GSI_EMERGENCY.trim_ascii_end().len();
    for length in (0..whole).step_by(29).chain([whole - 1]) {
        let cut = GSI_EMERGENCY.get(..length).unwrap();
        assert!(read_gsi(&[("drill.json", cut)]).is_err(), "{length} bytes");
    }
}

proptest! {
    #[test]
    fn whatever_happens_to_the_bytes_every_site_read_is_whole(
        flips in prop::collection::vec((0..GSI_EVACUATION.len(), any::<u8>()), 1..4),
    ) {
        let mut bytes = GSI_EVACUATION.to_vec();
        for (at, byte) in flips {
            bytes[at] = byte;
        }
        match read_gsi(&[("drill.json", &bytes)]) {
            Ok(sites) => {
                let rows: BTreeSet<_> = sites
                    .iter()
                    .flat_map(|site| &site.designations)
                    .map(|row| &row.common_id)
                    .collect();
                prop_assert_eq!(rows.len(), 21);
                prop_assert!(sites.iter().all(|site| is_in_japan(site.longitude, site.latitude)));
            }
            Err(fault) => prop_assert!(!fault.mistakes().is_empty() && !fault.to_string().is_empty()),
        }
    }

    #[test]
    fn no_bytes_stop_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_gsi(&[("drill.json", &bytes)]);
    }
}
