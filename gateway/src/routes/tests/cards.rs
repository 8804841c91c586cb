//! The desk for cards: whose card it is, what opens it, lost and found.

mod code;
mod give;

use digiana_core::fact::Fact;
use digiana_core::fact::token::{TokenKey, TokenState};
use digiana_core::id::PersonId;
use digiana_core::register::Saw;
use digiana_core::service::tokens::Resolved;
use digiana_core::token::TokenTag;
use digiana_core::token::proof::ProofKey;
use digiana_node::reader::card::CardFault;
use digiana_node::reader::enrol::{Doubt, EnrolFault, Holder, Read, Tries};

use super::*;
use crate::backend::cards::CardBackend as _;

const CARD: TokenTag = TokenTag([7; 16]);
const OTHER: TokenTag = TokenTag([8; 16]);
const LEFT: Tries = Tries { pin: Some(3), code_b: Some(10) };
const CODE: &str = "400401 2048 1234";

impl MemoryTown {
    fn lays(&self, token: TokenTag, left: Option<Tries>) {
        self.change(|state| state.card.lies = Some((token, left)));
    }

    fn answers(&self, answer: Result<Read, EnrolFault>) {
        self.change(|state| state.card.opened = Some(answer));
    }

    fn resolved(&self, token: TokenTag) -> Resolved {
        self.state().folds.tokens.resolve(token)
    }

    /// The first person's card, opened: as the register has them.
    fn opened(&self, key: Option<ProofKey>) -> Read {
        let (family, given) = {
            let state = self.state();
            let name = state.people[0].name.replace("（訓練データ）", "");
            let (family, given) = name.split_once(' ').unwrap();
            (family.to_owned(), given.to_owned())
        };
        let holder = Holder {
            name: format!("{family}\u{3000}{given}"),
            address: "訓練県訓練町１番地".to_owned(),
            birth: (1940, 4, 1),
        };
        Read::Opened { token: CARD, holder, key }
    }
}

fn key() -> ProofKey {
    ProofKey::rsa(&[1, 0, 1], &[0xc5; 256]).unwrap()
}

fn of(person: &impl ToString) -> String {
    format!("/cards?person={}", person.to_string())
}

impl Story {
    /// Opens the card that the page speaks of.
    async fn opens(&self, which: &str, secret: &str) -> Answer {
        let token = self.get("/cards").await.hidden("token");
        let fields = [("which", which), ("secret", secret), ("token", token.as_str())];
        self.press("/cards", "/cards/open", &fields).await
    }

    /// Presses the button that gives the card that lies there to somebody.
    async fn gives(&self, page: &str, person: &str, more: &[(&str, &str)]) -> Answer {
        let token = self.get(page).await.hidden("token");
        let mut fields = vec![("person", person), ("token", token.as_str())];
        fields.extend_from_slice(more);
        self.press(page, "/cards/enrol", &fields).await
    }
}

#[tokio::test]
async fn a_card_is_opened_shows_its_holder_and_is_given_to_them_with_its_key() {
    let story = Story::logged_in(Screen::Headquarters).await;
    story.town.lays(CARD, Some(LEFT));
    let page = story.get("/cards").await.body;
    assert!(page.contains("マイナンバーカード") && page.contains("登録がありません"), "{page}");
    assert!(page.contains("残り 10 回") && page.contains("残り 3 回"), "{page}");

    story.town.answers(Ok(story.town.opened(Some(key()))));
    story.opens("code_b", CODE).await;
    let page = story.get("/cards").await.body;
    assert!(page.contains("カードを開きました") && page.contains("1940年4月1日生"), "{page}");
    assert!(!page.contains("400401"), "what was typed is kept nowhere");

    let person = story.town.person(0);
    let id = person.to_string();
    assert!(page.contains(&format!("name=\"person\" value=\"{id}\"")), "{page}");
    story.gives("/cards", &id, &[("opened", "yes")]).await;
    assert_eq!(story.town.resolved(CARD), Resolved::Person(person));
    assert_eq!(story.town.state().folds.tokens.proof_keys(CARD).count(), 1);
    let page = story.get(&of(&person)).await.body;
    assert!(page.contains("本物の確認ができます") && page.contains("利用中"), "{page}");
    assert!(page.contains("　登録 15:04<"), "{page}");
    // What the card said is gone.
    assert!(!story.get("/cards").await.body.contains("1940年4月1日生"));
}

#[tokio::test]
async fn a_slip_is_taken_back_by_one_button() {
    let story = Story::logged_in(Screen::Headquarters).await;
    story.town.lays(CARD, None);
    let person = story.town.person(0);
    let page = of(&person);
    story.gives(&page, &person.to_string(), &[]).await;
    assert_eq!(story.town.resolved(CARD), Resolved::Person(person));
    let after = story.get(&page).await;
    assert!(after.body.contains("番号のみ"), "{}", after.body);
    let undo = after.hidden_button("undo");
    story.press(&page, "/desk/undo", &[("undo", &undo)]).await;
    assert_eq!(story.town.resolved(CARD), Resolved::Unknown);
}

#[tokio::test]
async fn no_try_is_spent_but_by_the_button_and_none_where_two_are_left() {
    let story = Story::logged_in(Screen::Headquarters).await;
    story.town.lays(CARD, Some(Tries { pin: Some(2), code_b: Some(0) }));
    let page = story.get("/cards").await.body;
    assert_eq!(page.matches("disabled").count(), 4, "two fields and their buttons: {page}");
    assert_eq!(story.town.state().card.opened_times, 0);

    story.town.lays(CARD, Some(LEFT));
    // What cannot be a PIN does not reach the card.
    let answer = story.opens("pin", "12").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(story.get("/cards").await.body.contains("カードの回数は減っていません"));
    assert_eq!(story.town.state().card.opened_times, 0);

    story.town.answers(Err(EnrolFault::Wrong { left: Some(2) }));
    story.opens("pin", "1234").await;
    let page = story.get("/cards").await.body;
    assert!(page.contains("残り 2 回です") && !page.contains("1234"), "{page}");
    assert_eq!(story.town.state().card.opened_times, 1);
}

#[tokio::test]
async fn a_lost_card_is_stopped_found_and_ended_and_another_one_is_normal() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let person = story.town.person(0);
    let page = of(&person);
    for token in [CARD, OTHER] {
        story.town.lays(token, None);
        story.gives(&page, &person.to_string(), &[]).await;
    }
    let token = "07".repeat(16);
    for (state, expected) in [
        ("suspended", Resolved::Suspended(person)),
        ("active", Resolved::Person(person)),
        ("ended", Resolved::Ended(person)),
    ] {
        let fields = [("person", &*person.to_string()), ("token", &*token), ("state", state)];
        story.press(&page, "/cards/state", &fields).await;
        assert_eq!(story.town.resolved(CARD), expected);
        assert_eq!(story.town.resolved(OTHER), Resolved::Person(person));
    }
    let cards = story.town.bearer(person).unwrap().cards;
    let states: Vec<TokenState> = cards.iter().map(|card| card.state).collect();
    assert_eq!(states, [TokenState::Active, TokenState::Ended]);
}

#[tokio::test]
async fn a_press_that_spent_a_try_is_not_done_again() {
    let story = Story::logged_in(Screen::Headquarters).await;
    story.town.lays(CARD, Some(LEFT));
    story.town.answers(Err(EnrolFault::Wrong { left: Some(9) }));
    let page = story.get("/cards").await;
    let (csrf, form) = (page.hidden("csrf"), format!("{}.x", page.hidden("form")));
    let token = page.hidden("token");
    for typed in [CODE, CODE, "400401 2048 9999"] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("form", &form),
            ("which", "code_b"),
            ("secret", typed),
            ("token", &token),
        ];
        story.post("/cards/open", &fields).await;
    }
    assert_eq!(story.town.state().card.opened_times, 1);
    // What became of the try is told first, and of the others to whoever comes back for more.
    assert!(story.get("/cards").await.body.contains("番号が違います。残り 9 回です"));
    let again = [
        ("csrf", csrf.as_str()),
        ("form", &form),
        ("which", "code_b"),
        ("secret", "400401 2048 1111"),
        ("token", &token),
    ];
    story.post("/cards/open", &again).await;
    assert!(story.get("/cards").await.body.contains("2度目は何もしていません"));

    // What cost nothing may be sent again from the page that is open still.
    story.town.answers(Err(EnrolFault::NoCard));
    let fresh = [("which", "code_b"), ("secret", CODE), ("token", token.as_str())];
    let page = story.get("/cards").await;
    let (csrf, form) = (page.hidden("csrf"), format!("{}.x", page.hidden("form")));
    for answer in [Err(EnrolFault::NoCard), Ok(story.town.opened(Some(key())))] {
        story.town.answers(answer);
        let mut fields = vec![("csrf", csrf.as_str()), ("form", form.as_str())];
        fields.extend_from_slice(&fresh);
        story.post("/cards/open", &fields).await;
    }
    assert!(story.get("/cards").await.body.contains("カードを開きました"));
}

#[tokio::test]
async fn no_try_is_spent_on_a_card_that_the_page_did_not_speak_of() {
    let story = Story::logged_in(Screen::Headquarters).await;
    story.town.lays(CARD, Some(LEFT));
    let token = story.get("/cards").await.hidden("token");
    story.town.lays(OTHER, Some(LEFT));
    let fields = [("which", "code_b"), ("secret", CODE), ("token", token.as_str())];
    story.press("/cards", "/cards/open", &fields).await;
    assert!(story.get("/cards").await.body.contains("カードが変わりました"));
    story.press("/cards", "/cards/open", &fields[..2]).await;
    assert_eq!(story.town.state().card.opened_times, 0);
}

#[tokio::test]
async fn a_card_that_leaves_while_it_is_opened_may_have_lost_a_try() {
    let story = Story::logged_in(Screen::Headquarters).await;
    story.town.lays(CARD, Some(LEFT));
    story.town.answers(Err(EnrolFault::Fault(CardFault::PulledTooSoon)));
    story.opens("pin", "1234").await;
    assert!(story.get("/cards").await.body.contains("回数が減ったかもしれません"));
}

#[tokio::test]
async fn a_card_without_tries_is_not_called_nearly_blocked() {
    let story = Story::logged_in(Screen::Headquarters).await;
    story.town.lays(CARD, Some(LEFT));
    for (left, said) in [(None, "残り回数"), (Some(0), "ロック"), (Some(2), "残り 2 回です")]
    {
        story.town.answers(Err(EnrolFault::FewTries { left }));
        story.opens("pin", "1234").await;
        let page = story.get("/cards").await.body;
        assert!(page.contains(said) && !page.contains("残り 0 回"), "{left:?}: {page}");
    }
}

#[tokio::test]
async fn a_lost_card_and_a_reader_that_reads_nothing_are_told_of() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let person = story.town.person(0);
    story.town.lays(CARD, None);
    story.gives(&of(&person), &person.to_string(), &[]).await;
    let token = "07".repeat(16);
    let lost = [("person", &*person.to_string()), ("token", &*token), ("state", "suspended")];
    story.press(&of(&person), "/cards/state", &lost).await;
    assert!(story.get("/cards").await.body.contains("紛失で止めているカードです"));

    story.town.change(|state| {
        state.card.lies = None;
        state.card.is_reader_lost = true;
    });
    assert!(story.get("/cards").await.body.contains("読取機が動いていません"));
    assert!(story.get("/kiosk").await.body.contains("カードを読み取れません"));
}

#[tokio::test]
async fn a_card_that_is_looked_at_has_tapped_too_and_the_page_says_so() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let [person, other] = [0, 1].map(|index| story.town.person(index));
    story.town.lays(CARD, None);
    story.gives(&of(&person), &person.to_string(), &[]).await;
    let tap = |at, person| {
        let outcome = TapOutcome::Accepted(Did::Shelter(Act::CheckIn));
        let name = ShownName::Unknown;
        story.town.change(|state| {
            state.tap = Some(Tap { at, outcome, name, person: Some(person), doubtful: false });
        });
    };
    let said = "タッチとしても受け付けました（カードで入所を記録しました）";
    for (at, who, is_said) in [(NOW - 5, person, true), (NOW - 5, other, false), (0, person, false)]
    {
        tap(at, who);
        let page = story.get("/cards").await.body;
        assert_eq!(page.contains(said), is_said, "{page}");
    }
}

#[tokio::test]
async fn a_scanner_that_is_away_is_told_of_beside_a_reader_that_works() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let said = "印刷されたコードを読み取れません";
    assert!(!story.get("/kiosk").await.body.contains(said));
    story.town.change(|state| state.card.is_scanner_away = true);
    let kiosk = story.get("/kiosk").await.body;
    assert!(kiosk.contains(said) && kiosk.contains("タッチしてください"), "{kiosk}");
}

#[tokio::test]
async fn without_a_card_the_desk_is_told_to_lay_one_down() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let person = story.town.person(0);
    assert!(story.get("/cards").await.body.contains("カードが置かれていません"));
    story.press(&of(&person), "/cards/enrol", &[("person", &person.to_string())]).await;
    assert!(story.get(&of(&person)).await.body.contains("カードが置かれていません"));
    assert_eq!(story.get("/cards?person=00").await.status, StatusCode::NOT_FOUND);
    assert_eq!(story.get("/cards?q=1234-5678-9018").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_program_enrols_the_card_it_spoke_of_and_hears_why_not() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert!(json(&story.get("/api/v1/card").await.body)["why"].is_string());
    story.town.lays(CARD, Some(LEFT));
    let card = json(&story.get("/api/v1/card").await.body);
    assert_eq!((&card["pin_tries"], &card["is_known"]), (&3.into(), &false.into()));
    let person = story.town.person(0);
    let enrol = async |token: &str, code: &str, replace: bool| {
        let asked = serde_json::json!({
            "token": token, "person": person.to_string(), "code_b": code, "replace": replace
        });
        let request =
            Request::post("/api/v1/card").header(header::CONTENT_TYPE, "application/json");
        story.send(request, Body::from(asked.to_string())).await
    };
    let token = card["token"].as_str().unwrap();
    story.town.answers(Ok(story.town.opened(Some(key()))));
    for (token, code) in [("08".repeat(16).as_str(), CODE), (token, "12")] {
        let refused = enrol(token, code, false).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
        assert!(!json(&refused.body)["detail"].as_str().unwrap().is_empty());
    }
    assert_eq!(story.town.state().card.opened_times, 0);
    let enrolled = enrol(token, CODE, false).await;
    assert_eq!(
        (enrolled.status, json(&enrolled.body)["proves"].clone()),
        (StatusCode::OK, true.into())
    );
    assert_eq!(story.town.resolved(CARD), Resolved::Person(person));
    // A key takes another's place where that is meant, and only there.
    let copied = ProofKey::rsa(&[1, 0, 1], &[0xc9; 256]).unwrap();
    story.town.answers(Ok(story.town.opened(Some(copied.clone()))));
    let refused = enrol(token, CODE, false).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("前の鍵のカードは使えなくなります"), "{}", refused.body);
    assert_eq!(story.town.proof_keys(CARD), [key()]);
    assert_eq!(enrol(token, CODE, true).await.status, StatusCode::OK);
    assert_eq!(story.town.proof_keys(CARD), [copied]);
    // A form of another site sends no JSON.
    let forged = story.post("/api/v1/card", &[("person", "x")]).await;
    assert_eq!(forged.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_address_that_asks_twice_leads_nowhere_in_words() {
    let story = Story::logged_in(Screen::Headquarters).await;
    for path in ["/cards?person=00&person=01", "/transport?q=a&q=b", "/public/?map=north&map=south"]
    {
        let answer = story.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body.contains("<h1>") && !answer.body.contains("deserialize"), "{path}");
    }
}
