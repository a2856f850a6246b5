//! Spans of time as words count them, and points of time in words.

use leptos::wasm_bindgen::JsValue;
use shared::Timestamp;

/// How many minutes to wait, rounded up so that nobody comes back too early.
pub(crate) fn minutes(seconds: u64) -> u64 {
    seconds.div_ceil(60).max(1)
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
    /// The moment of a time from the API, in the language that is spoken; tracked.
    pub(crate) fn of(time: Timestamp) -> Self {
        // Milliseconds of this era are far below 2⁵³, where a float would begin to round.
        #[expect(
            clippy::cast_precision_loss,
            reason = "a date has no use for more digits"
        )]
        let date = js_sys::Date::new(&JsValue::from_f64(time.millis() as f64));
        let style = js_sys::Object::new();
        for (key, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
            // Setting a property of a fresh object cannot fail.
            let _ = js_sys::Reflect::set(&style, &key.into(), &value.into());
        }
        Self {
            text: date.to_locale_string(super::DATES_OF.text(), &style).into(),
            iso: date.to_iso_string().into(),
        }
    }
}

/// The present, as this browser's clock has it.
pub(crate) fn now() -> Timestamp {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a clock counts whole milliseconds, of this era"
    )]
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_rounded_up() {
        for (seconds, wait) in [(0, 1), (1, 1), (60, 1), (61, 2), (3600, 60)] {
            assert_eq!(minutes(seconds), wait);
        }
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
