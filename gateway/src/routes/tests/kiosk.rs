//! The screen beside a reader, by what the reader serves.

use digiana_core::service::refusal::Refusal;
use digiana_node::config::Serves;
use digiana_node::reader::purpose::Purpose;

use super::*;

impl Story {
    /// A screen with nobody in front of it but residents, beside a reader that serves this.
    pub(super) async fn kiosk(serves: Serves) -> Self {
        let mut story = Self::over(MemoryTown::flooded(true).serving(serves), Screen::Kiosk);
        story.log_in().await;
        story
    }

    /// The reader answered, a moment ago.
    pub(super) fn answered(&self, outcome: TapOutcome) {
        let (name, person) = (ShownName::Unknown, Some(self.town.person(0)));
        self.town.change(|state| {
            state.tap = Some(Tap { at: NOW - 1, outcome, name, person, doubtful: false })
        });
    }
}

#[tokio::test]
async fn a_reader_whose_disk_is_full_says_so_to_whoever_stands_before_it() {
    for serves in [Serves::Shelter, Serves::Shop, Serves::School, Serves::Bus] {
        let story = Story::kiosk(serves).await;
        story.answered(TapOutcome::NotNow(Refusal::StoreFull));
        let page = story.get("/kiosk").await.body;
        assert!(page.contains("この端末は記録できません（容量不足）"), "{page}");
        assert!(page.contains("職員を呼んでください"), "{page}");
    }
}

#[tokio::test]
async fn a_shop_asks_for_a_card_once_it_has_typed_an_amount() {
    let story = Story::kiosk(Serves::Shop).await;
    assert!(story.get("/kiosk").await.body.contains("しばらくお待ちください"));
    story.town.set_purpose(Purpose::Spend { points: Some(120) });
    let page = story.get("/kiosk").await.body;
    assert!(page.contains("お支払い") && page.contains("120ポイント"));
    story.answered(TapOutcome::NotNow(Refusal::TooFewPoints));
    assert!(story.get("/kiosk").await.body.contains("ポイントが足りません"));
}

#[tokio::test]
async fn a_kiosk_greets_by_name_but_never_the_protected_and_clears_by_itself() {
    let story = Story::logged_in(Screen::Kiosk).await;
    assert!(story.get("/kiosk").await.body.contains("タッチしてください"));
    let tap = |story: &Story, name, ago| {
        let outcome = TapOutcome::Accepted(Did::Shelter(Act::CheckIn));
        let person = Some(story.town.person(0));
        story.town.change(|state| {
            state.tap = Some(Tap { at: NOW - ago, outcome, name, person, doubtful: false })
        });
    };
    let (name, kana) = ("訓練田 一郎（訓練データ）".to_owned(), String::new());
    let shown = ShownName::Shown { name, kana };
    tap(&story, shown.clone(), 1);
    let page = story.get("/kiosk").await.body;
    assert!(page.contains("入所を受け付けました") && page.contains("訓練田 一郎"));
    tap(&story, ShownName::Protected, 1);
    let page = story.get("/kiosk").await.body;
    assert!(page.contains("ありがとうございます") && !page.contains("演習川"));
    assert!(page.contains("data-sound=\"accepted\""), "sounds as taken, without a name");
    tap(&story, shown, 9);
    assert!(story.get("/kiosk").await.body.contains("タッチしてください"), "cleared");
}
