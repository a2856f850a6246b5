//! Which browser a `User-Agent` header speaks of, in the names that people know it by.
//!
//! Good for telling one's own browsers apart, and for nothing else: a header says whatever its
//! sender likes.

/// What a `User-Agent` header says of who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserAgent {
    /// The browser.
    pub browser: Option<&'static str>,
    /// What it runs on.
    pub system: Option<&'static str>,
    /// Whether that is a phone or a tablet.
    pub is_mobile: bool,
}

/// Browsers by a word that only they write. Whoever copies another one's words comes before it:
/// nearly all say `Chrome`, and nearly all of them `Safari` too.
const BROWSERS: [(&str, &str); 10] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Systems in the same way: Android says `Linux`, and an iPhone `Mac OS X`.
const SYSTEMS: [(&str, &str, bool); 7] = [
    ("iPhone", "iPhone", true),
    ("iPad", "iPad", true),
    ("Android", "Android", true),
    ("Windows", "Windows", false),
    ("CrOS", "ChromeOS", false),
    ("Mac OS X", "Mac", false),
    ("Linux", "Linux", false),
];

impl UserAgent {
    /// What `header` says.
    pub fn of(header: &str) -> Self {
        let browser = BROWSERS.iter().find(|(word, _)| header.contains(word));
        let system = SYSTEMS.iter().find(|(word, ..)| header.contains(word));
        Self {
            browser: browser.map(|(_, name)| *name),
            system: system.map(|(_, name, _)| *name),
            is_mobile: system.is_some_and(|(.., is_mobile)| *is_mobile),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_by_their_names() {
        for (header, browser, system, is_mobile) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox",
                "Linux",
                false,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/140.0.0.0 Safari/537.36",
                "Chrome",
                "Windows",
                false,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge",
                "Windows",
                false,
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) Version/18.6 Safari/605.1.15",
                "Safari",
                "Mac",
                false,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
                "Safari",
                "iPhone",
                true,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) FxiOS/143.0 Mobile/15E148 Safari/605.1.15",
                "Firefox",
                "iPhone",
                true,
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet",
                "Android",
                true,
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/140.0.0.0 Safari/537.36 OPR/122.0.0.0",
                "Opera",
                "ChromeOS",
                false,
            ),
        ] {
            let expected = UserAgent {
                browser: Some(browser),
                system: Some(system),
                is_mobile,
            };
            assert_eq!(UserAgent::of(header), expected, "{header}");
        }
    }

    #[test]
    fn what_is_no_browser_has_no_name() {
        for header in ["", "curl/8.14.1", "Mozilla/5.0"] {
            let UserAgent {
                browser, system, ..
            } = UserAgent::of(header);
            assert_eq!((browser, system), (None, None), "{header:?}");
        }
    }
}
