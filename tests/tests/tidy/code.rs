//! Rust as a reader of names needs it: without comments and without what strings hold.

/// The text with comments and literals blanked, every line where it was.
pub(crate) fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(next) = rest.chars().next() {
        let blank = blank_length(rest, before);
        let taken = if blank == 0 { next.len_utf8() } else { blank };
        let (head, tail) = rest.split_at(taken);
        if blank == 0 {
            code.push(next);
        } else {
            code.extend(head.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        before = next;
        rest = tail;
    }
    code
}

/// How many bytes at the head of `rest` are a comment or a literal.
fn blank_length(rest: &str, before: char) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if rest.starts_with('"') {
        return quoted(rest, '"').unwrap_or(rest.len());
    }
    if rest.starts_with('\'') {
        return character(rest);
    }
    if is_name(before) { 0 } else { raw_string(rest) }
}

/// The length of a block comment, which may hold others.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_u32;
    let mut at = 0;
    while let Some(tail) = rest.get(at..) {
        if tail.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += tail.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of a literal from its opening quote to its closing one.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return Some(at + 1);
        }
    }
    None
}

/// The length of a character literal, 0 for a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.chars().skip(1);
    let (first, second) = (chars.next(), chars.next());
    if first == Some('\\') || second == Some('\'') { quoted(rest, '\'').unwrap_or(0) } else { 0 }
}

/// The length of a raw string with its prefix, 0 where there is none.
fn raw_string(rest: &str) -> usize {
    let bare = rest.strip_prefix(['b', 'c']).unwrap_or(rest);
    let Some(hashes_on) = bare.strip_prefix('r') else { return 0 };
    let body = hashes_on.trim_start_matches('#');
    if !body.starts_with('"') {
        return 0;
    }
    let close = format!("\"{}", "#".repeat(hashes_on.len() - body.len()));
    let prefix = rest.len() - body.len();
    body.get(1..)
        .and_then(|inside| inside.find(&close))
        .map_or(rest.len(), |at| prefix + 1 + at + close.len())
}

/// Whether a character can stand in a Rust name.
pub(crate) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The name at the head of a text, empty where there is none.
pub(crate) fn leading_name(text: &str) -> &str {
    text.split(|c| !is_name(c)).next().unwrap_or_default()
}

/// Where `name` stands as a whole word: the text before it and the text after it.
pub(crate) fn whole_words<'t>(
    text: &'t str,
    name: &str,
) -> impl Iterator<Item = (&'t str, &'t str)> {
    text.match_indices(name).filter_map(move |(at, _)| {
        let (before, from) = text.split_at(at);
        let after = from.strip_prefix(name)?;
        let alone = !before.ends_with(is_name) && !after.starts_with(is_name);
        alone.then_some((before, after))
    })
}

#[test]
fn comments_and_literals_are_blank_and_lines_stay() {
    let check = |text: &str, kept: &str| {
        let code = code_only(text);
        assert_eq!(code.lines().count(), text.lines().count(), "{text}");
        let squeezed: Vec<&str> = code.split_whitespace().collect();
        assert_eq!(squeezed.join(" "), kept, "{text}");
    };
    check("a // iroh::x\nb", "a b");
    check("a /* one /* two */ still\n */ b", "a b");
    check(r#"f("iroh::x // \" no", b)"#, "f( , b)");
    check("f(r#\"a \" b\"#, r\"c\\\", br##\"d\"# e\"##) g", "f( , , ) g");
    check(
        "let c = '\"'; let d = '\\''; fn f<'a>(x: &'a str)",
        "let c = ; let d = ; fn f<'a>(x: &'a str)",
    );
    check("r#type b\"x\" 語 '語'", "r#type b 語");
}

#[test]
fn a_name_inside_another_name_is_not_that_name() {
    assert_eq!(whole_words("iroh iroh_docs xiroh (iroh)", "iroh").count(), 2);
}
