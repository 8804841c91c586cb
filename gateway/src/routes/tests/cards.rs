//! The desk for cards: whose card it is, what opens it, lost and found.

use digiana_core::fact::token::TokenState;
use digiana_core::service::tokens::Resolved;
use digiana_core::token::TokenTag;
use digiana_core::token::proof::ProofKey;
use digiana_node::reader::enrol::{EnrolFault, Holder, Read, Tries};

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

#[tokio::test]
async fn a_card_is_opened_shows_its_holder_and_is_given_to_them_with_its_key() {
    let story = Story::logged_in(Screen::Headquarters).await;
    story.town.lays(CARD, Some(LEFT));
    let page = story.get("/cards").await.body;
    assert!(page.contains("マイナンバーカード") && page.contains("登録がありません"), "{page}");
    assert!(page.contains("残り 10 回") && page.contains("残り 3 回"), "{page}");

    story.town.answers(Ok(story.town.opened(Some(key()))));
    story.press("/cards", "/cards/open", &[("which", "code_b"), ("secret", CODE)]).await;
    let page = story.get("/cards").await.body;
    assert!(page.contains("カードを開きました") && page.contains("1940年4月1日生"), "{page}");
    assert!(!page.contains("400401"), "what was typed is kept nowhere");

    let person = story.town.person(0);
    let id = person.to_string();
    assert!(page.contains(&format!("name=\"person\" value=\"{id}\"")), "{page}");
    story.press("/cards", "/cards/enrol", &[("person", &id)]).await;
    assert_eq!(story.town.resolved(CARD), Resolved::Person(person));
    assert_eq!(story.town.state().folds.tokens.proof_keys(CARD).count(), 1);
    let page = story.get(&of(&person)).await.body;
    assert!(page.contains("本物の確認ができます") && page.contains("利用中"), "{page}");
    // What the card said is gone.
    assert!(!story.get("/cards").await.body.contains("1940年4月1日生"));
}

#[tokio::test]
async fn a_slip_is_taken_back_by_one_button() {
    let story = Story::logged_in(Screen::Headquarters).await;
    story.town.lays(CARD, None);
    let person = story.town.person(0);
    let page = of(&person);
    story.press(&page, "/cards/enrol", &[("person", &person.to_string())]).await;
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
    let answer = story.press("/cards", "/cards/open", &[("which", "pin"), ("secret", "12")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(story.get("/cards").await.body.contains("カードの回数は減っていません"));
    assert_eq!(story.town.state().card.opened_times, 0);

    story.town.answers(Err(EnrolFault::Wrong { left: Some(2) }));
    story.press("/cards", "/cards/open", &[("which", "pin"), ("secret", "1234")]).await;
    let page = story.get("/cards").await.body;
    assert!(page.contains("残り 2 回です") && !page.contains("1234"), "{page}");
    assert_eq!(story.town.state().card.opened_times, 1);
}

#[tokio::test]
async fn a_card_that_changes_hands_is_asked_about_first() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let [first, second] = [0, 1].map(|index| story.town.person(index));
    story.town.lays(CARD, None);
    story.press(&of(&first), "/cards/enrol", &[("person", &first.to_string())]).await;
    let id = second.to_string();
    let asked = story.press(&of(&second), "/cards/enrol", &[("person", &id)]).await;
    assert!(asked.body.contains("登録し直す"), "{}", asked.body);
    assert_eq!(story.town.resolved(CARD), Resolved::Person(first));
    story.press(&of(&second), "/cards/enrol", &[("person", &id), ("sure", "yes")]).await;
    assert_eq!(story.town.resolved(CARD), Resolved::Person(second));
}

#[tokio::test]
async fn a_lost_card_is_stopped_found_and_ended_and_another_one_is_normal() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let person = story.town.person(0);
    let page = of(&person);
    for token in [CARD, OTHER] {
        story.town.lays(token, None);
        story.press(&page, "/cards/enrol", &[("person", &person.to_string())]).await;
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
async fn a_key_is_not_given_with_another_card_than_the_one_that_was_opened() {
    let story = Story::logged_in(Screen::Headquarters).await;
    story.town.lays(CARD, Some(LEFT));
    story.town.answers(Ok(story.town.opened(Some(key()))));
    story.press("/cards", "/cards/open", &[("which", "code_b"), ("secret", CODE)]).await;
    // Somebody changed the card before the button was pressed.
    story.town.lays(OTHER, Some(LEFT));
    let person = story.town.person(0);
    story.press("/cards", "/cards/enrol", &[("person", &person.to_string())]).await;
    assert_eq!(story.town.resolved(OTHER), Resolved::Person(person));
    assert_eq!(story.town.resolved(CARD), Resolved::Unknown);
    assert_eq!(story.town.state().folds.tokens.proof_keys(OTHER).count(), 0);
    // Nor is anything of it shown to somebody else who is logged in.
    let other = Story::beside(&story.town, Screen::Headquarters);
    assert!(!other.get("/cards").await.body.contains("1940年4月1日生"));
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
