//! What anybody may read, and that nothing of it is about anybody.

use super::*;

#[tokio::test]
async fn a_place_for_which_nothing_is_stated_is_not_shown_as_safe() {
    let story = Story::new(Screen::Headquarters);
    let shelters = story.town.state().sites.len();
    let public = story.get("/public/").await.body;
    // In a flood each of them says what it is good for.
    let answers = ["指定あり</li>", "指定なし</li>", "対象外の区分</li>"];
    let cards: Vec<_> = public.split("<li class=\"card ").skip(1).collect();
    assert_eq!(cards.len(), shelters);
    for card in cards {
        assert!(card.contains("洪水") && answers.iter().any(|said| card.contains(said)), "{card}");
    }
}

#[tokio::test]
async fn residents_read_what_to_do_first_and_how_old_all_of_it_is() {
    let story = Story::new(Screen::Headquarters);
    let everyone = Some(WarningLevel::EveryoneLeaves);
    for (district, level) in [("都賀", everyone), ("別府", everyone), ("別府", None)] {
        let district = district.to_owned();
        story.town.order(Order::SetWarning { district, level, happened_at: None });
    }
    let page = story.get("/public/").await.body;
    let place = |said: &str| page.find(said).unwrap_or_else(|| panic!("{said} is not there"));
    assert!(place("警戒レベル4 避難指示") < place("全員避難してください"));
    assert!(place("全員避難してください") < place("正式な発令は防災無線・町公式"));
    assert!(place("正式な発令は防災無線・町公式") < place("開設中の避難所"));
    assert!(place("開設中の避難所") < place("その他の避難場所"));
    assert!(!page.contains("別府</b>"), "lifted, so nothing is asked of anybody");
    assert!(page.contains("15:04現在") && page.contains("<span data-age=\"0\">たった今</span>"));
    assert!(page.contains("14:32から連絡がとれません。その時の情報です。"), "of 上野");
    let first = page.split("id=\"site-").nth(1).unwrap();
    assert!(first.contains("空いています") || first.contains("混雑"), "{first}");
    assert_eq!(page.matches("href=\"geo:").count(), 19, "a way to each place");
    for mark in page.split("<a href=\"#").skip(1) {
        let anchor = mark.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{anchor}\"")), "the map leads to {anchor}");
    }
    assert!(page.contains("id=\"near\" class=\"near\" hidden"), "no button that does nothing");
}

#[tokio::test]
async fn a_gateway_without_headquarters_word_does_not_say_that_nothing_is_open() {
    let town = MemoryTown::flooded(false).into_public();
    let story = Story::over(town, Screen::Public);
    let page = story.get("/public/").await.body;
    assert!(page.contains("災害対策本部からの情報がまだ届いていません"));
    assert!(!page.contains("開設中の避難所はありません") && !page.contains("記録した避難情報は"));
    let json = story.get("/api/v1/public/shelters").await.body;
    assert!(json.contains("\"updated_at\":null"), "{json}");
}

#[tokio::test]
async fn a_protected_name_is_on_no_page_at_all() {
    let mut story = Story::logged_in(Screen::Shelter).await;
    let hidden = story.town.state().people[7].name.clone();
    let site = story.town.site(0);
    let person = story.town.person(7);
    for path in ["/desk", "/desk?q=%E3%81%88", "/kiosk", &format!("/desk/person/{person}")] {
        assert!(!story.get(path).await.body.contains(&hidden), "{path}");
    }
    story = Story::logged_in(Screen::Headquarters).await;
    for path in ["/board".to_owned(), format!("/desk?site={site}")] {
        assert!(!story.get(&path).await.body.contains(&hidden), "{path}");
    }
}

#[tokio::test]
async fn nothing_public_is_about_anybody() {
    // Everyone has been checked in, and told a desk what nobody else may know.
    let town = MemoryTown::flooded(false);
    let people = town.state().people.clone();
    let (site, everybody) = (town.site(0), people.iter().map(|person| person.id).collect());
    town.order(Order::CheckIn { site, people: everybody, happened_at: None, anyway: false });
    town.change(|state| state.write_unseen(DESK, people[0].id, field::EVACUEE_ILLNESS, "持病甲"));
    let walk_in = ("漂泊野 訪子（訓練データ）".to_owned(), "ひょうはくの".to_owned());
    let (name, kana) = walk_in.clone();
    town.order(Order::WalkIn { site, name, kana, birth_year: Some(1948), happened_at: None });
    let mut secrets = vec!["持病甲".to_owned(), "病院".to_owned()];
    secrets.extend(["漂泊野".to_owned(), walk_in.1]);
    for person in &people {
        let family = person.name.split(' ').next().unwrap().to_owned();
        secrets.extend([family, person.kana.clone(), person.id.to_string()]);
    }
    town.publish(NOW);
    let published = town.state().written(Scope::Public);
    assert!(!published.is_empty());
    for secret in &secrets {
        assert!(!published.contains(secret), "{secret} is published");
    }
    let sites: Vec<_> = (0..19).map(|index| town.site(index).to_string()).collect();
    let mut urls = public_urls(&sites);
    urls.extend(asset::all().map(|asset| asset.href.to_owned()));
    let open = Story::over(town, Screen::Headquarters);
    free_of(&open, &urls, &secrets).await;
    let town = MemoryTown::flooded(false);
    town.publish(NOW);
    let facing = Story::over(town.into_public(), Screen::Public);
    assert!(facing.get("/public/").await.body.contains("class=\"card open\""));
    free_of(&facing, &urls, &secrets).await;
}

/// Every address that anyone may open, in every language and with every view of the map.
fn public_urls(sites: &[String]) -> Vec<String> {
    let mut urls = Vec::new();
    for route in table().iter().filter(|route| route.access == Access::Anyone) {
        let path = filled(route.path);
        let views = ["north", "south"].into_iter().chain(sites.iter().map(String::as_str));
        let views = views.map(|view| format!("{path}?map={view}"));
        let spoken = ["ja", "ja-x-plain", "en"].map(|lang| format!("{path}?lang={lang}"));
        urls.push(path.clone());
        urls.extend(spoken);
        urls.extend(views);
    }
    urls
}

async fn free_of(story: &Story, urls: &[String], secrets: &[String]) {
    for url in urls {
        let answer = story.get(url).await;
        let heads: String = answer.headers.values().map(|value| value.to_str().unwrap()).collect();
        for secret in secrets {
            assert!(!answer.body.contains(secret) && !heads.contains(secret), "{url}: {secret}");
        }
    }
}

#[tokio::test]
async fn the_public_shelters_are_geojson_with_a_tag_that_changes_with_them() {
    let story = Story::new(Screen::Headquarters);
    let path = "/api/v1/public/shelters";
    let first = story.get(path).await;
    let json: serde_json::Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!(json["type"], "FeatureCollection");
    assert_eq!(json["features"].as_array().unwrap().len(), 19);
    let known = ["capacity", "congestion", "hazards", "headcount_band", "id", "name", "state"];
    let properties = json["features"][0]["properties"].as_object().unwrap();
    let keys: Vec<_> = properties.keys().map(String::as_str).collect();
    assert_eq!(keys, [known.as_slice(), &["updated_at"]].concat());
    assert_eq!(json["warnings"], serde_json::json!([]));
    let tag = first.header(header::ETAG).to_owned();
    assert!(tag.starts_with('"'), "a strong tag");
    let again = Request::get(path).header(header::IF_NONE_MATCH, format!("\"x\", {tag}"));
    let again = story.send(again, Body::empty()).await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    story.town.open(story.town.site(3));
    let request = Request::get(path).header(header::IF_NONE_MATCH, tag);
    assert_eq!(story.send(request, Body::empty()).await.status, StatusCode::OK);
}
