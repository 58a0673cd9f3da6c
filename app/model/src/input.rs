//! How inputs are checked, the same way in the browser (on blur) and in the use case.

use serde::{Deserialize, Serialize};

use crate::FieldErrors;

/// A form input that can say what is wrong with itself.
pub trait Check {
    /// All problems at once, by field.
    fn check(&self) -> Result<(), FieldErrors>;
}

/// A relative path inside the product that one may be sent back to; anything else becomes `/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct SafeReturn(String);

impl SafeReturn {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for SafeReturn {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl From<String> for SafeReturn {
    fn from(path: String) -> Self {
        let inside = path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains('\\')
            && !path.chars().any(char::is_control)
            && path.len() <= 512;
        if inside { Self(path) } else { Self::default() }
    }
}

impl From<SafeReturn> for String {
    fn from(path: SafeReturn) -> Self {
        path.0
    }
}

/// Whether `text` can be an e-mail address. The verification mail is the real test.
pub(crate) fn looks_like_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    !local.is_empty()
        && local.len() <= 64
        && text.len() <= 254
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !host.contains("..")
        && text.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"<>\"(),;:\\".contains(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_whatever_leads_outside(path in "[/\\\\a-z.:%\\t@?#]{0,12}|.{0,12}") {
            let kept = SafeReturn::from(path);
            prop_assert!(kept.as_str().starts_with('/') && !kept.as_str().starts_with("//"));
            prop_assert!(!kept.as_str().contains(|c: char| c == '\\' || c.is_control()));
        }
    }

    #[test]
    fn a_way_back_stays_inside() {
        for outside in
            ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1", "/\u{1}x", ""]
        {
            assert_eq!(SafeReturn::from(outside.to_owned()).as_str(), "/", "{outside}");
        }
        assert_eq!(SafeReturn::from("/posts/po_1?x=1".to_owned()).as_str(), "/posts/po_1?x=1");
    }

    #[test]
    fn addresses_are_told_from_other_text() {
        assert!(looks_like_email("ana.lopes+x@northwind.example"));
        for wrong in ["ana", "ana@", "@x.y", "a b@x.y", "a@x", "a@.x", "a@x..y", "a@x.y\nbcc: z@x.y"] {
            assert!(!looks_like_email(wrong), "{wrong}");
        }
    }
}
