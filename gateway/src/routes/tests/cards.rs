//! The desk for cards: whose card it is, what opens it, lost and found.

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
async fn a_card_that_changes_hands_is_asked_about_first() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let [first, second] = [0, 1].map(|index| story.town.person(index));
    story.town.lays(CARD, None);
    story.gives(&of(&first), &first.to_string(), &[]).await;
    let id = second.to_string();
    let asked = story.gives(&of(&second), &id, &[]).await;
    assert!(asked.body.contains("登録し直す"), "{}", asked.body);
    assert_eq!(story.town.resolved(CARD), Resolved::Person(first));
    // The answer is about the card that was asked about.
    let (token, word) = (asked.hidden("token"), asked.hidden("sure"));
    story.town.lays(OTHER, None);
    let sure = [("person", id.as_str()), ("token", &token), ("sure", &word)];
    story.press(&of(&second), "/cards/enrol", &sure).await;
    assert!(story.get(&of(&second)).await.body.contains("カードが変わりました"));
    assert_eq!(story.town.resolved(OTHER), Resolved::Unknown);
    story.town.lays(CARD, None);
    // Nor does it answer what was not asked: it was reported lost meanwhile.
    let lost = [("person", &*first.to_string()), ("token", &token), ("state", "suspended")];
    story.press(&of(&first), "/cards/state", &lost).await;
    for stale in [word.as_str(), "yes"] {
        let sure = [("person", id.as_str()), ("token", &token), ("sure", stale)];
        let asked = story.press(&of(&second), "/cards/enrol", &sure).await.body;
        assert!(asked.contains("紛失で止めているカードです"), "{asked}");
    }
    assert_eq!(story.town.resolved(CARD), Resolved::Suspended(first));
    story.press(&of(&first), "/cards/state", &[lost[0], lost[1], ("state", "active")]).await;
    story.press(&of(&second), "/cards/enrol", &sure).await;
    assert_eq!(story.town.resolved(CARD), Resolved::Person(second));
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
async fn a_key_is_not_given_with_another_card_than_the_one_that_was_opened() {
    let story = Story::logged_in(Screen::Headquarters).await;
    story.town.lays(CARD, Some(LEFT));
    story.town.answers(Ok(story.town.opened(Some(key()))));
    story.opens("code_b", CODE).await;
    let opened = story.get("/cards").await;
    let token = opened.hidden("token");
    // Somebody changed the card before the button was pressed: nothing is given to anybody.
    story.town.lays(OTHER, Some(LEFT));
    let person = story.town.person(0).to_string();
    let fields = [("person", person.as_str()), ("token", &token), ("opened", "yes")];
    story.press("/cards", "/cards/enrol", &fields).await;
    assert!(story.get(&of(&person)).await.body.contains("カードが変わりました"));
    assert_eq!(story.town.resolved(OTHER), Resolved::Unknown);
    // Whose card lay there before is not shown above the next one, which can be opened.
    let page = story.get("/cards").await.body;
    assert!(!page.contains("1940年4月1日生") && page.contains("カードを開く"), "{page}");

    // Nor is anything of it shown to somebody else who is logged in, who takes nothing away.
    story.town.lays(CARD, Some(LEFT));
    let mut other = Story::beside(&story.town, Screen::Headquarters);
    other.log_in().await;
    assert!(!other.get("/cards").await.body.contains("1940年4月1日生"));
    story.gives("/cards", &person, &[("opened", "yes")]).await;
    assert_eq!(story.town.state().folds.tokens.proof_keys(CARD).count(), 1);
}

#[tokio::test]
async fn whoever_gives_an_opened_card_to_another_than_it_says_is_asked() {
    let story = Story::logged_in(Screen::Headquarters).await;
    story.town.lays(CARD, Some(LEFT));
    story.town.answers(Ok(story.town.opened(Some(key()))));
    story.opens("code_b", CODE).await;
    // The spouse one line lower.
    let other = story.town.person(1);
    let page = story.get(&of(&other)).await.body;
    assert!(page.contains("name=\"opened\" value=\"yes\""), "{page}");
    let asked = story.gives(&of(&other), &other.to_string(), &[("opened", "yes")]).await;
    assert!(asked.body.contains("選んだ人と違います"), "{}", asked.body);
    assert!(asked.body.contains("1940年4月1日生"), "{}", asked.body);
    assert_eq!(story.town.resolved(CARD), Resolved::Unknown);
    let word = asked.hidden("sure");
    let sure = [("opened", "yes"), ("sure", word.as_str())];
    story.gives(&of(&other), &other.to_string(), &sure).await;
    assert_eq!(story.town.resolved(CARD), Resolved::Person(other));
}

#[tokio::test]
async fn a_lost_card_of_somebody_else_is_said_to_be_theirs_before_it_changes_hands() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let [owner, finder] = [0, 1].map(|index| story.town.person(index));
    let typed = |person: PersonId| [("person", person.to_string()), ("number", "04a1b2c3".into())];
    let press = async |person: PersonId, action: &str, fields: &[(&str, String)]| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        story.press(&of(&person), action, &fields).await
    };
    press(owner, "/cards/typed", &typed(owner)).await;
    let card = story.town.bearer(owner).unwrap().cards[0].token;
    let token = data_encoding::HEXLOWER.encode(card.as_bytes());
    let lost = [("person", owner.to_string()), ("token", token.clone())];
    let set = |state: &str| [lost[0].clone(), lost[1].clone(), ("state", state.to_owned())];
    press(owner, "/cards/state", &set("suspended")).await;
    let asked = press(finder, "/cards/typed", &typed(finder)).await.body;
    assert!(asked.contains("紛失で止めているカードです。持ってきた人を確かめて"), "{asked}");
    assert!(asked.contains("ほかの人に登録されています"), "{asked}");
    // Their own stopped card is spoken of as that.
    let asked = press(owner, "/cards/typed", &typed(owner)).await.body;
    assert!(!asked.contains("ほかの人に") && asked.contains("また使えるように"), "{asked}");

    // A page that stood open changes nothing of what it does not show.
    press(owner, "/cards/state", &set("ended")).await;
    press(owner, "/cards/state", &set("active")).await;
    assert!(story.get(&of(&owner)).await.body.contains("画面が古くなっていました"));
    assert_eq!(story.town.resolved(card), Resolved::Ended(owner));
    let of_finder = [("person", finder.to_string()), lost[1].clone(), ("state", "active".into())];
    press(finder, "/cards/state", &of_finder).await;
    assert_eq!(story.town.resolved(card), Resolved::Ended(owner));
}

#[tokio::test]
async fn a_card_with_another_key_than_before_is_opened_before_it_is_given_and_asked_about() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let person = story.town.person(0);
    let (page, id) = (of(&person), person.to_string());
    story.town.lays(CARD, Some(LEFT));
    // Somebody with this certificate and a key of their own was here first.
    story
        .town
        .answers(Ok(story.town.opened(Some(ProofKey::rsa(&[1, 0, 1], &[0xc7; 256]).unwrap()))));
    story.opens("code_b", CODE).await;
    story.gives(&page, &id, &[("opened", "yes")]).await;
    story.town.change(|state| state.card.doubt = Some(Doubt::OtherKey));
    assert!(story.get("/cards").await.body.contains("登録のときと別の鍵です"));
    let api = story.get("/api/v1/card").await.body;
    assert!(api.contains("登録のときと別の鍵です") && api.contains("code_b_tries\":10"), "{api}");
    story.gives(&page, &id, &[]).await;
    assert!(story.get(&page).await.body.contains("番号だけでは登録できません"));
    story.town.answers(Ok(story.town.opened(Some(key()))));
    story.opens("code_b", CODE).await;
    let asked = story.gives(&page, &id, &[("opened", "yes")]).await;
    assert!(asked.body.contains("前の鍵のカードは使えなくなります"), "{}", asked.body);
    let word = asked.hidden("sure");
    story.gives(&page, &id, &[("opened", "yes"), ("sure", &word)]).await;
    let keys = || story.town.state().folds.tokens.proof_keys(CARD).cloned().collect::<Vec<_>>();
    assert_eq!(keys(), [key()]);

    // A copy that is opened, taken away with a shake of the head, and followed by the card itself,
    // which proves what it is: nothing of the copy is taken down.
    let copied = ProofKey::rsa(&[1, 0, 1], &[0xc9; 256]).unwrap();
    let opens_copy = async |doubt| {
        story.town.change(|state| state.card.doubt = doubt);
        story.town.answers(Ok(story.town.opened(Some(copied.clone()))));
        story.opens("code_b", CODE).await;
    };
    opens_copy(Some(Doubt::OtherKey)).await;
    story.town.change(|state| state.card.doubt = None);
    story.gives(&page, &id, &[("opened", "yes")]).await;
    assert!(story.get(&page).await.body.contains("カードが変わりました"));
    assert!(!story.get("/cards").await.body.contains("1940年4月1日生"));
    // One that begins to sign only once it is opened is asked about like any other.
    opens_copy(Some(Doubt::WouldNotSign)).await;
    let asked = story.gives(&page, &id, &[("opened", "yes")]).await.body;
    assert!(asked.contains("前の鍵のカードは使えなくなります"), "{asked}");
    assert_eq!(keys(), [key()]);
    // And nothing more is kept of it once its clerk has left.
    story.press("/cards", "/logout", &[]).await;

    // One that should sign and will not is not said to prove anything.
    story.town.change(|state| state.card.doubt = Some(Doubt::WouldNotSign));
    let other = story.town.person(1);
    let mut story = Story::beside(&story.town, Screen::Headquarters);
    story.log_in().await;
    let asked = story.gives(&of(&other), &other.to_string(), &[]).await;
    assert!(asked.body.contains("写しかもしれません"), "{}", asked.body);
    let word = asked.hidden("sure");
    story.gives(&of(&other), &other.to_string(), &[("sure", &word)]).await;
    assert!(story.get(&of(&other)).await.body.contains("番号のみ"));
}

#[tokio::test]
async fn two_keys_that_two_cut_off_desks_took_down_are_made_one_by_the_card_itself() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let person = story.town.person(0);
    let (page, id) = (of(&person), person.to_string());
    story.town.lays(CARD, Some(LEFT));
    story.town.answers(Ok(story.town.opened(Some(key()))));
    story.opens("code_b", CODE).await;
    story.gives(&page, &id, &[("opened", "yes")]).await;
    let other = ProofKey::rsa(&[1, 0, 1], &[0xc9; 256]).unwrap();
    let elsewhere = TokenKey { token: CARD, key: other, saw: Saw::NOTHING, happened_at: None };
    story.town.change(|state| state.apply(2, Scope::Tokens, &Fact::from(elsewhere)));
    assert_eq!(story.town.proof_keys(CARD).len(), 2);
    // The card proves itself by one of the two.
    story.opens("code_b", CODE).await;
    let asked = story.gives(&page, &id, &[("opened", "yes")]).await;
    assert!(asked.body.contains("前の鍵のカードは使えなくなります"), "{}", asked.body);
    let word = asked.hidden("sure");
    story.gives(&page, &id, &[("opened", "yes"), ("sure", &word)]).await;
    assert_eq!(story.town.proof_keys(CARD), [key()]);
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
async fn a_printed_code_is_given_to_somebody_and_finds_them_at_the_desk() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let person = story.town.person(0);
    let (page, id) = (of(&person), person.to_string());
    let typed = |number| [("person", id.clone()), ("number", String::from(number))];
    for (number, said) in [("1234 5678 9018", "個人番号（12桁）"), ("04a1", "8～20桁")] {
        let fields = typed(number);
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        story.press(&page, "/cards/typed", &fields).await;
        let after = story.get(&page).await.body;
        assert!(after.contains(said) && !after.contains("9018"), "{number}: {after}");
    }
    let fields = typed("04:A1:B2:C3");
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    story.press(&page, "/cards/typed", &fields).await;
    assert_eq!(story.town.bearer(person).unwrap().cards.len(), 1);
    // The number does not stay in the address line.
    assert_eq!(story.get("/cards?q=04A1B2C3").await.header(header::LOCATION), page);
    assert_eq!(story.get("/cards?q=04A1B2C4").await.header(header::LOCATION), "/cards");
    assert!(story.get("/cards").await.body.contains("登録がありません"));
    let found = story.town.search("04a1b2c3");
    assert_eq!(found.len(), 1);
    assert!(found[0].members.iter().any(|member| member.person == person && member.is_match));
}

#[tokio::test]
async fn a_code_is_made_once_shown_to_who_made_it_and_finds_its_holder() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let mut other = Story::beside(&story.town, Screen::Headquarters);
    other.log_in().await;
    let person = story.town.person(0);
    let (page, id) = (of(&person), person.to_string());
    let csrf = story.get(&page).await.hidden("csrf");
    for _ in 0..2 {
        // The button is pressed twice.
        let fields = [("csrf", &*csrf), ("form", "one.press"), ("person", &*id)];
        let made = story.post("/cards/code", &fields).await;
        assert_eq!(made.header(header::LOCATION), "/cards/code");
    }
    let cards = story.town.bearer(person).unwrap().cards;
    let [card] = &cards[..] else { panic!("{cards:?}") };
    assert!(!card.proves && card.state == TokenState::Active);
    let paper = story.get("/cards/code").await;
    assert_eq!(paper.header(header::CACHE_CONTROL), "no-store");
    assert!(paper.body.contains("<svg"), "{}", paper.body);
    let number = paper.body.split("class=\"number\">").nth(1).unwrap().split('<').next().unwrap();
    let found = story.town.search(number);
    assert!(found[0].members.iter().any(|member| member.person == person && member.is_match));
    assert!(!other.get("/cards/code").await.body.contains(number));

    // Given to somebody else by its number, it is not shown as theirs.
    let next = story.town.person(1);
    let typed = [("person", &*next.to_string()), ("number", number)];
    let word = story.press(&of(&next), "/cards/typed", &typed).await.hidden("sure");
    story.press(&of(&next), "/cards/typed", &[typed[0], typed[1], ("sure", &word)]).await;
    assert_eq!(story.get("/cards/code").await.header(header::LOCATION), "/cards");
    let word = story.press(&page, "/cards/typed", &[("person", &*id), typed[1]]).await;
    let back = [("person", &*id), typed[1], ("sure", &*word.hidden("sure"))];
    story.press(&page, "/cards/typed", &back).await;
    assert!(story.get("/cards/code").await.body.contains("<svg"));

    // Taken back, or made by mistake and ended: it is shown no more.
    let token = data_encoding::HEXLOWER.encode(card.token.as_bytes());
    let ended = [("person", &*id), ("token", &*token), ("state", "ended")];
    story.press(&page, "/cards/state", &ended).await;
    assert_eq!(story.get("/cards/code").await.header(header::LOCATION), "/cards");
    assert!(story.get("/cards").await.body.contains("コードはもう表示できません"));
    story.press(&page, "/cards/code", &[("person", "00")]).await;
    story.press(&page, "/cards/code", &[("person", &*"07".repeat(8))]).await;
    assert_eq!(story.town.bearer(person).unwrap().cards.len(), 1);

    // A second press of an older page shows nobody else's code.
    let next = story.town.person(1).to_string();
    story.post("/cards/code", &[("csrf", &*csrf), ("form", "two.press"), ("person", &*next)]).await;
    let fields = [("csrf", &*csrf), ("form", "one.press"), ("person", &*id)];
    assert_eq!(story.post("/cards/code", &fields).await.header(header::LOCATION), page);
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
