//! Spans and points of time in words.

use leptos::wasm_bindgen::JsValue;
use shared::Timestamp;

/// How long to wait, rounded up so that nobody comes back too early.
pub(crate) fn wait(seconds: u64) -> String {
    match seconds {
        0 | 1 => "1 second".to_owned(),
        2..60 => format!("{seconds} seconds"),
        _ => minutes(seconds),
    }
}

/// `seconds` as minutes, rounded up.
pub(crate) fn minutes(seconds: u64) -> String {
    match seconds.div_ceil(60) {
        0 | 1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

/// The time of day in a `Date` header (RFC 9110 §5.6.7), which is always UTC.
pub(crate) fn time_of_day(date: &str) -> Option<&str> {
    let time = date.split(' ').nth(4)?;
    let is_time = time.len() == 8
        && time.bytes().enumerate().all(|(at, byte)| match at {
            2 | 5 => byte == b':',
            _ => byte.is_ascii_digit(),
        });
    is_time.then_some(time)
}

/// A point of time for people, in their own time zone, and for programs.
pub(crate) struct Moment {
    /// For people: `24 Nov 2026, 19:07`.
    pub(crate) text: String,
    /// For programs: ISO 8601 in UTC.
    pub(crate) iso: String,
}

impl Moment {
    /// The moment of a time from the API.
    pub(crate) fn of(time: Timestamp) -> Self {
        // Milliseconds of this era are far below 2⁵³, where a float would begin to round.
        #[expect(
            clippy::cast_precision_loss,
            reason = "a date has no use for more digits"
        )]
        let date = js_sys::Date::new(&JsValue::from_f64(time.millis() as f64));
        Self::of_date(&date)
    }

    /// The present.
    pub(crate) fn now() -> Self {
        Self::of_date(&js_sys::Date::new_0())
    }

    fn of_date(date: &js_sys::Date) -> Self {
        let style = js_sys::Object::new();
        for (key, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
            // Setting a property of a fresh object cannot fail.
            let _ = js_sys::Reflect::set(&style, &key.into(), &value.into());
        }
        Self {
            text: date.to_locale_string("en-GB", &style).into(),
            iso: date.to_iso_string().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up() {
        assert_eq!(wait(0), "1 second");
        assert_eq!(wait(1), "1 second");
        assert_eq!(wait(59), "59 seconds");
        assert_eq!(wait(60), "1 minute");
        assert_eq!(wait(61), "2 minutes");
        assert_eq!(wait(3600), "60 minutes");
        assert_eq!(minutes(1), "1 minute");
    }

    #[test]
    fn the_time_of_day_is_the_fifth_word_of_a_date() {
        assert_eq!(
            time_of_day("Tue, 24 Nov 2026 19:07:12 GMT"),
            Some("19:07:12")
        );
        assert_eq!(time_of_day("24 Nov 2026 19:07:12 GMT"), None);
        assert_eq!(time_of_day("now"), None);
        assert_eq!(time_of_day("Tue, 24 Nov 2026 1x:07:12 GMT"), None);
    }
}
