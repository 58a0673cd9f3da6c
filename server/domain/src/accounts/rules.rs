//! Pure rules about addresses, passwords and where somebody comes from.

use std::net::IpAddr;
use std::time::Duration;

use model::PasswordStrength;
use sha2::{Digest as _, Sha256};

/// A password that zxcvbn scores below this is too easy to guess.
pub(super) const MIN_SCORE: u8 = 3;
/// And so is one with fewer letters and digits than this besides the person's own words.
const MIN_BESIDE_OWN_WORDS: usize = 8;

/// How long a verification link works.
pub(super) const LINK_LIVES: Duration = Duration::from_hours(24);
/// Mails to one address about verification, per hour.
pub(super) const LINKS_PER_HOUR: i64 = 3;

/// Without a request a session ends after this.
pub(super) const SESSION_IDLE: Duration = Duration::from_hours(24);
/// And in any case after this.
pub(super) const SESSION_LIVES: Duration = Duration::from_hours(24 * 30);
/// "Last seen" is not written more often than this.
pub(super) const SEEN_EVERY: Duration = Duration::from_mins(1);

/// Tries per address before there are pauses between them.
pub(super) const FREE_TRIES: i32 = 5;
/// The first pause; each further try doubles it.
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// Never longer: a lock would be a weapon against the owner.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_mins(15);
/// After this long without a try counting begins anew.
pub(super) const FORGET_AFTER: Duration = Duration::from_hours(1);

/// Two spellings of one address are one account.
pub(super) fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// How hard a password is to guess. `also` are words an attacker would try first: name, address.
pub fn strength(password: &str, also: &[&str]) -> PasswordStrength {
    // Longer ones only cost time: the algorithm is worse than linear, and what is strong after a hundred
    // characters stays so.
    let head: String = password.chars().take(100).collect();
    let words = own_words(also);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let found = zxcvbn::zxcvbn(&head, &words);
    let mut score = u8::from(found.score());
    let mut hint = found.feedback().and_then(|feedback| {
        let suggestion = || feedback.suggestions().first().map(ToString::to_string);
        feedback.warning().map(|warning| warning.to_string()).or_else(suggestion)
    });
    // zxcvbn takes the spaces between known words for hard to guess.
    if beside(&head, &words) < MIN_BESIDE_OWN_WORDS {
        score = score.min(1);
        hint = hint.or_else(|| Some("Leave out your name, your address and ours.".to_owned()));
    }
    let advice = match (score, hint) {
        (0..MIN_SCORE, Some(hint)) => format!("Easy to guess. {hint}"),
        (0..MIN_SCORE, None) => "Easy to guess. Add another word or two.".to_owned(),
        (MIN_SCORE, _) => "Hard to guess.".to_owned(),
        _ => "Very hard to guess.".to_owned(),
    };
    PasswordStrength { score, advice }
}

/// The words in `also`, and the product's, in lower case, the longest first.
fn own_words(also: &[&str]) -> Vec<String> {
    let parts = also.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let mut words: Vec<String> = parts
        .chain(also.iter().copied())
        .chain(["daybill"])
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() > 2)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

/// How many letters and digits of a password lie outside `words`.
fn beside(password: &str, words: &[&str]) -> usize {
    let rest = words.iter().fold(password.to_lowercase(), |rest, word| rest.replace(word, " "));
    rest.chars().filter(|c| c.is_alphanumeric()).count()
}

/// The pause after the `tries`-th try in a row.
pub(super) fn pause(tries: i32) -> Duration {
    let Ok(beyond) = u32::try_from(tries - FREE_TRIES) else { return Duration::ZERO };
    FIRST_PAUSE.saturating_mul(1 << beyond.min(16)).min(LONGEST_PAUSE)
}

/// What limits count by: people behind one line share it, and whoever has a whole line cannot multiply.
pub(super) fn prefix(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// 256 random bits need no slow hash (ASVS 6.5.2).
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_person_and_the_product_make_a_password_weak() {
        for weak in [
            "passwordpassword",
            "daybilldaybill1",
            "ana lopes northwind",
            "aaaaaaaaaaaaaaaaaaaa",
            "123456789012345678",
        ] {
            let found = strength(weak, &["Ana Lopes", "ana@northwind.example"]);
            assert!(found.score < MIN_SCORE, "{weak}: {found:?}");
        }
        assert!(strength("copper lantern walks uphill", &["Ana Lopes"]).score >= MIN_SCORE);
    }

    #[test]
    fn five_tries_are_free_and_pauses_end_at_a_quarter_of_an_hour() {
        let seconds: Vec<u64> = (1..=13).map(|tries| pause(tries).as_secs()).collect();
        assert_eq!(seconds, [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900, 900]);
        assert_eq!(pause(i32::MAX), LONGEST_PAUSE);
    }

    #[test]
    fn neighbours_count_together() {
        let of = |ip: &str| prefix(ip.parse().unwrap());
        assert_eq!(of("203.0.113.9"), of("203.0.113.200"));
        assert_eq!(of("::ffff:203.0.113.9"), of("203.0.113.1"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
