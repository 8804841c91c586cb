//! A school as its teachers meet it: forgotten cards, a class at once, a wrong one taken back; and
//! its gate as a child meets it.

use digiana_core::engine::input::Command;
use digiana_core::fact::school::Attends;
use digiana_core::id::{PersonId, SiteId};
use digiana_core::record::of_person;
use digiana_core::service::refusal::Refusal;
use digiana_core::service::school::command::{Asked, Command as SchoolCommand, Note};
use digiana_core::time::Day;
use digiana_node::config::Serves;

use super::*;
use crate::backend::school::SchoolBackend as _;

const LIST: &str = "氏名,かな,学級\n訓練 桜,くんれん さくら,1年1組\n訓練 健,くんれん けん,1年1組\n\
                    訓練 葵,くんれん あおい,1年1組\n訓練 蓮,くんれん れん,1年1組\n訓練 凛,くんれん りん,1年1組\n\
                    訓練 湊,くんれん みなと,2年1組\n";

impl Story {
    /// The teachers' desk of a school with six pupils.
    pub(super) async fn at_school() -> Self {
        let mut story =
            Self::over(MemoryTown::flooded(true).serving(Serves::School), Screen::Shelter);
        story.log_in().await;
        let site = story.school().to_string();
        let fields = [("site", site.as_str()), ("rows", LIST)];
        let answer = story.press("/school/pupils", "/school/import", &fields).await;
        assert_eq!(answer.header(header::LOCATION), "/school/pupils");
        assert!(story.get("/school/pupils").await.body.contains("6人の名簿を取り込みました"));
        story
    }

    pub(super) fn school(&self) -> SiteId {
        self.town.site(0)
    }

    /// The pupil of that given name.
    pub(super) fn pupil(&self, name: &str) -> PersonId {
        let list = self.town.pupil_list(self.school()).unwrap().pupils;
        list.iter().find(|pupil| pupil.name.ends_with(name)).unwrap().person
    }

    fn state(&self, name: &str) -> Option<Attends> {
        let day = Day::of(NOW);
        let page = self.town.pupil_page(self.school(), self.pupil(name), day, day, 1).unwrap();
        page.log.row.state
    }

    /// Somebody notes a pupil, not by this page.
    pub(super) fn noted(&self, name: &str, attends: Attends) {
        let persons = vec![self.pupil(name)];
        let note = Note { persons, attends, happened_at: None, day: None };
        let command = SchoolCommand { school: Some(self.school()), asked: Asked::Note(note) };
        self.town.order(Order::Service(Command::School(command)));
    }

    /// Ticks pupils on the board and presses a button.
    pub(super) async fn tick(&self, names: &[&str], time: &str, act: &str) -> Answer {
        let site = self.school().to_string();
        let pupils: Vec<String> = names.iter().map(|name| self.pupil(name).to_string()).collect();
        let mut fields =
            vec![("site", site.as_str()), ("day", "2026-11-22"), ("time", time), ("do", act)];
        fields.extend(pupils.iter().map(|pupil| ("person", pupil.as_str())));
        self.press("/school", "/school/note", &fields).await
    }
}

#[tokio::test]
async fn a_teacher_puts_five_forgotten_cards_right_at_once_and_takes_one_back() {
    let story = Story::at_school().await;
    assert_eq!(story.get("/").await.header(header::LOCATION), "/school");
    let board = story.get("/school").await.body;
    assert!(board.contains("<dt>未確認</dt><dd>6人</dd>") && board.contains("11月22日（日）"));
    assert!(board.contains("1年1組 <small>未確認 5</small>"));
    story.tick(&["桜", "健", "葵", "蓮", "凛"], "8:05", "arrived").await;
    let board = story.get("/school").await;
    assert!(board.body.contains("5人を「到着」にしました") && board.body.contains("到着 8:05"));
    assert!(board.body.contains("先生が入力") && board.body.contains("後追い入力"));
    assert!(board.body.contains("<dt>未確認</dt><dd>1人</dd>"));
    let person = story.pupil("葵");
    let log = story.get(&format!("/school/pupil/{person}")).await;
    let (site, id) = (story.school().to_string(), person.to_string());
    let entry = log.hidden("entry");
    let mut fields = [
        ("site", site.as_str()),
        ("person", &id),
        ("day", "2026-11-22"),
        ("entry", &entry),
        ("reason", ""),
    ];
    let page = format!("/school/pupil/{person}");
    story.press(&page, "/school/correct", &fields).await;
    assert!(story.get(&page).await.body.contains("訂正の理由を入力してください"));
    fields[4] = ("reason", "欠席の連絡があった");
    story.press(&page, "/school/correct", &fields).await;
    let log = story.get(&page).await.body;
    assert!(log.contains("訂正済み") && log.contains("<s>"), "it stays to be read");
    assert_eq!(story.state("葵"), None);
    assert_eq!(story.state("蓮"), Some(Attends::Arrived));
}

#[tokio::test]
async fn what_was_noted_just_now_is_undone_whole() {
    let story = Story::at_school().await;
    story.tick(&["桜", "健"], "", "arrived").await;
    let page = story.get("/school").await;
    let (csrf, form) = (page.hidden("csrf"), page.hidden("form"));
    let number = page.body.split("name=\"undo\" value=\"").nth(1).unwrap();
    let number = number.split('"').next().unwrap();
    let undo = [("csrf", csrf.as_str()), ("form", &form), ("undo", number)];
    assert_eq!(story.post("/desk/undo", &undo).await.header(header::LOCATION), "/school");
    assert_eq!((story.state("桜"), story.state("健")), (None, None));
}

#[tokio::test]
async fn what_cannot_be_noted_says_why_and_keeps_the_ticks() {
    let story = Story::at_school().await;
    for (time, act, said) in [
        ("23:59", "arrived", "未来の時刻は入力できません"),
        ("25:00", "arrived", "「時刻（空欄は今）」は時刻で入力してください"),
    ] {
        story.tick(&["桜"], time, act).await;
        let page = story.get("/school").await.body;
        assert!(page.contains(said), "{said}");
        let ticked = format!("value=\"{}\" checked", story.pupil("桜"));
        assert!(page.contains(&ticked) && page.contains(&format!("value=\"{time}\"")));
    }
    story.tick(&[], "", "arrived").await;
    assert!(story.get("/school").await.body.contains("誰も選ばれていません"));
    story.noted("桜", Attends::Arrived);
    story.tick(&["桜"], "", "arrived").await;
    assert!(story.get("/school").await.body.contains("すでにその状態です"));
}

#[tokio::test]
async fn an_absence_is_reported_ahead_and_a_past_day_needs_its_time() {
    let story = Story::at_school().await;
    let (site, person) = (story.school().to_string(), story.pupil("桜").to_string());
    let fields = |day: &'static str, time: &'static str, act: &'static str| {
        vec![("day", day), ("time", time), ("do", act)]
    };
    let send = |mut fields: Vec<(&'static str, &'static str)>| {
        let (site, person) = (site.clone(), person.clone());
        let story = &story;
        async move {
            let own = [("site", site.as_str()), ("person", person.as_str())];
            fields.extend([("page", "board")]);
            let all: Vec<_> = fields.into_iter().chain(own).collect();
            story.press("/school", "/school/note", &all).await
        }
    };
    let answer = send(fields("2026-11-24", "", "absent")).await;
    assert_eq!(answer.header(header::LOCATION), "/school?day=2026-11-24");
    let board = story.get("/school?day=2026-11-24").await.body;
    assert!(board.contains("<dt>欠席</dt><dd>1人</dd>"));
    assert!(!board.contains("value=\"arrived\""), "nobody has come on a day that has not begun");
    send(fields("2026-11-20", "", "arrived")).await;
    assert!(
        story.get("/school?day=2026-11-20").await.body.contains("「時刻（空欄は今）」が空欄です")
    );
    send(fields("2026-11-20", "8:00", "arrived")).await;
    assert!(story.get("/school?day=2026-11-20").await.body.contains("到着 11/20 8:00"));
    assert_eq!(story.state("桜"), None, "of another day");
    let month = story.get(&format!("/school/pupil/{person}")).await.body;
    assert!(month.contains("2026年11月") && month.contains("<b>20</b> 到着 8:00"));
}

#[tokio::test]
async fn gate_and_teacher_who_disagree_are_both_shown() {
    let story = Story::at_school().await;
    let person = story.pupil("桜");
    for (desk, attends) in [(DESK, Attends::Arrived), (OTHER_DESK, Attends::Absent)] {
        story.town.change(|state| state.attends_unseen(desk, person, attends));
    }
    let board = story.get("/school").await.body;
    assert!(board.contains("記録の食い違い") && board.contains("比之宮の端末"));
    assert!(board.contains("欠席 15:04　上野の端末"), "{board}");
    story.tick(&["桜"], "", "arrived").await;
    assert!(!story.get("/school").await.body.contains("記録の食い違い"));
}

#[tokio::test]
async fn a_pasted_list_with_one_mistake_is_not_taken_at_all() {
    let story = Story::at_school().await;
    let site = story.school().to_string();
    let rows = "訓練 新,くんれん しん,1年1組\n,くんれん なし,1年1組\n訓練 数,123456789012,1年1組\n\
                訓練 二\n訓練 新,くんれん しん,2年1組\n";
    let fields = [("site", site.as_str()), ("rows", rows)];
    let answer = story.press("/school/pupils", "/school/import", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in [
        "何も取り込んでいません",
        "2行目の「氏名」が空欄です",
        "3行目の「かな」に12桁の番号",
        "4行目：氏名・かな・学級の3列",
        "5行目は1行目と同じ",
        "訓練 新,くんれん しん,1年1組",
    ] {
        assert!(answer.body.contains(said), "{said}");
    }
    assert_eq!(story.town.pupil_list(story.school()).unwrap().pupils.len(), 6);
    // Next year's list: one moves up, one is new, one was typed with tabs.
    let before = story.pupil("桜");
    let rows = "訓練 桜\tくんれん さくら\t2年1組\n訓練 新\tくんれん しん\t1年1組\n";
    let fields = [("site", site.as_str()), ("rows", rows)];
    story.press("/school/pupils", "/school/import", &fields).await;
    let list = story.town.pupil_list(story.school()).unwrap().pupils;
    assert_eq!(list.len(), 7);
    assert_eq!(story.pupil("桜"), before);
    let fields = [("site", site.as_str()), ("rows", rows)];
    story.press("/school/pupils", "/school/import", &fields).await;
    assert!(story.get("/school/pupils").await.body.contains("すでにその状態です"));
}

#[tokio::test]
async fn a_pupil_is_added_by_the_id_that_their_card_knows_and_edited_field_by_field() {
    let story = Story::at_school().await;
    let site = story.school().to_string();
    let known = story.town.state().people[10].clone();
    let fields =
        [("site", site.as_str()), ("name", &known.name), ("kana", &known.kana), ("class", "")];
    let page = story.press("/school/pupils/new", "/school/pupils/new", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("「学級」が空欄です") && page.body.contains(&known.kana));
    let fields = [
        ("site", site.as_str()),
        ("name", &known.name),
        ("kana", &known.kana),
        ("class", "1年1組"),
    ];
    story.press("/school/pupils/new", "/school/pupils/new", &fields).await;
    assert!(story.town.pupil_fields(story.school(), known.id).is_some());
    let page = format!("/school/pupils/{}", known.id);
    let form = story.get(&page).await;
    let saw = form.hidden("saw-class");
    story.town.change(|state| {
        state.write_pupil_unseen(OTHER_DESK, of_person(known.id), field::PUPIL_CLASS, "3年1組");
    });
    let both = story.get(&page).await.body;
    assert!(both.contains("3年1組") && both.contains("上野の端末"), "both versions, and whose");
    let ended = [
        ("site", site.as_str()),
        ("name", known.name.as_str()),
        ("kana", &known.kana),
        ("class", "1年1組"),
        ("saw-class", &saw),
        ("ended", "yes"),
    ];
    story.press(&page, &page, &ended).await;
    let list = story.get("/school/pupils").await.body;
    assert!(list.contains("在籍していない（転出・卒業）"));
    assert!(!story.get("/school").await.body.contains(&known.name), "on no board");
}

#[tokio::test]
async fn a_desk_opens_its_own_school_and_no_shelter_is_one() {
    let story = Story::at_school().await;
    let other = story.town.site(5);
    assert_eq!(story.get(&format!("/school?site={other}")).await.status, StatusCode::FORBIDDEN);
    let shelter = Story::logged_in(Screen::Shelter).await;
    assert_eq!(shelter.get("/school").await.status, StatusCode::NOT_FOUND);
    let headquarters = Story::logged_in(Screen::Headquarters).await;
    assert!(headquarters.get("/school").await.body.contains("町の一覧に学校がありません"));
}

#[tokio::test]
async fn the_gate_greets_by_the_schools_list_and_names_nobody_who_is_protected() {
    let story = Story::at_school().await;
    let tap = |person, did| Tap {
        at: NOW - 1,
        outcome: TapOutcome::Accepted(Did::School(did)),
        name: ShownName::Unknown,
        person: Some(person),
        doubtful: false,
    };
    let person = story.pupil("桜");
    story.town.change(|state| state.tap = Some(tap(person, Attends::Arrived)));
    let page = story.get("/kiosk").await.body;
    assert!(page.contains("おはようございます") && page.contains("訓練 桜 さん"));
    assert!(page.contains("15:04") && page.contains("名前を選ぶ"));
    story.town.change(|state| state.tap = Some(tap(person, Attends::Left)));
    assert!(story.get("/kiosk").await.body.contains("さようなら"));
    // The eighth of the register is protected, and on the list of this school.
    let hidden = story.town.state().people[7].clone();
    story.town.change(|state| {
        state.write_pupil_unseen(DESK, of_person(hidden.id), field::PUPIL_NAME, &hidden.name);
        state.tap = Some(tap(hidden.id, Attends::Arrived));
    });
    assert!(!story.get("/kiosk").await.body.contains(&hidden.name));
    for page in ["/kiosk/names", "/kiosk/names?class=%E5%AD%A6%E7%B4%9A%E3%81%AA%E3%81%97"] {
        assert!(!story.get(page).await.body.contains(&hidden.name));
    }
    story.town.change(|state| {
        let outcome = TapOutcome::NotNow(Refusal::NotAPupil);
        state.tap =
            Some(Tap { at: NOW, outcome, name: ShownName::Unknown, person: None, doubtful: false });
    });
    assert!(story.get("/kiosk").await.body.contains("この学校の名簿にありません"));
}

#[tokio::test]
async fn a_child_without_a_card_chooses_a_class_and_a_name() {
    let school = Story::at_school().await;
    let person = school.pupil("健").to_string();
    let mut gate = Story::beside(&school.town, Screen::Kiosk);
    gate.log_in().await;
    let classes = gate.get("/kiosk/names").await.body;
    assert!(classes.contains("学級を押してください") && classes.contains("2年1組"));
    let path = format!("/kiosk/names?class={}", shell::percent_encoded("1年1組"));
    let names = gate.get(&path).await.body;
    assert!(names.contains("訓練 健") && !names.contains("訓練 湊"));
    let answer = gate.press(&path, "/kiosk/names", &[("person", &person)]).await;
    assert_eq!(answer.header(header::LOCATION), "/kiosk");
    let screen = gate.get("/kiosk").await.body;
    assert!(screen.contains("おはようございます") && screen.contains("訓練 健 さん"));
    assert_eq!(gate.state("健"), Some(Attends::Arrived));
    gate.press(&path, "/kiosk/names", &[("person", &person)]).await;
    assert!(gate.get("/kiosk").await.body.contains("受付済みです"));
    assert_eq!(gate.get("/school").await.status, StatusCode::FORBIDDEN, "a gate is no teacher");
}
