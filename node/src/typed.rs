//! Paths in commands that a message tells somebody to type.

use std::path::Path;

/// A path as one word of a shell's line: as it is where every shell takes it so, else in quotes.
pub fn typed(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+:@,".contains(letter);
    // A path that begins like an option would be taken for one.
    let text = if text.starts_with('-') { format!("./{text}") } else { text };
    if !text.is_empty() && text.chars().all(is_plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_one_word_at_a_shell() {
        for (path, word) in [
            ("data/node.key", "data/node.key"),
            ("/srv/訓練/town.json", "/srv/訓練/town.json"),
            ("-data/node.key", "./-data/node.key"),
            ("my town/town.json", "'my town/town.json'"),
            ("$HOME's", r"'$HOME'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(typed(Path::new(path)), word);
        }
    }
}
