//! Printed codes, for whoever has no card.

use super::*;

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
