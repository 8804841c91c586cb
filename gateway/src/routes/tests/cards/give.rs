//! A card is given to a person: what is asked first, and which key is taken down.

use super::*;

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
