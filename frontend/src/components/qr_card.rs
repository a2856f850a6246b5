use std::fmt::Write as _;

use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode, Version, bits::Bits};

use crate::piece::{IntoPiece, Piece};

/// Modules of white that a reader needs around a code (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// `content` as a QR code, dark on a white card whatever the colours around it are. The code never
/// leaves the browser.
///
/// Draws nothing where `content` is longer than a QR code can be.
#[component]
pub(crate) fn QrCard(
    content: String,
    /// What the code is for; never what it holds.
    label: String,
) -> Piece {
    let Some(code) = encoded(&content.into_bytes()) else {
        return Piece::empty();
    };
    let width = code.width();
    let size = width + 2 * QUIET_ZONE;
    view! {
        <svg
            class="qr"
            role="img"
            aria-label=label
            viewBox=format!("0 0 {size} {size}")
            shape-rendering="crispEdges"
        >
            <path fill="#fff" d=format!("M0 0h{size}v{size}h-{size}z") />
            <path fill="#000" d=outline(&code.to_colors(), width) />
        </svg>
    }
    .piece()
}

/// `content` in the smallest code that holds it, as bytes. (The crate's own search for the shortest
/// mix of encodings would cost more bytes of code than it saves modules.)
fn encoded(content: &[u8]) -> Option<QrCode> {
    (1..=40).find_map(|version| {
        let mut bits = Bits::new(Version::Normal(version));
        bits.push_byte_data(content).ok()?;
        bits.push_terminator(EcLevel::M).ok()?;
        QrCode::with_bits(bits, EcLevel::M).ok()
    })
}

/// The dark modules as one path: a rectangle for each run of them in a row.
fn outline(modules: &[Color], width: usize) -> String {
    let mut path = String::new();
    for (row, modules) in modules.chunks(width).enumerate() {
        let mut start = 0;
        for run in modules.chunk_by(|one, next| one == next) {
            if run.first() == Some(&Color::Dark) {
                let (x, y, length) = (start + QUIET_ZONE, row + QUIET_ZONE, run.len());
                // Writing to a string cannot fail.
                let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
            }
            start += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_of_dark_modules_is_one_rectangle_inside_the_quiet_zone() {
        let (dark, light) = (Color::Dark, Color::Light);
        let modules = [
            [dark, dark, light], //
            [light, light, light],
            [dark, light, dark],
        ]
        .concat();
        assert_eq!(outline(&modules, 3), "M4 4h2v1h-2zM4 6h1v1h-1zM6 6h1v1h-1z");
    }

    #[test]
    fn the_smallest_version_that_holds_the_content_is_taken() {
        // Bytes that fit at level M (ISO/IEC 18004, table 7).
        for (bytes, version) in [(14, 1), (15, 2), (122, 7), (123, 8), (2331, 40)] {
            let code = encoded(&vec![b'a'; bytes]).unwrap();
            assert_eq!(code.version(), Version::Normal(version), "{bytes} bytes");
        }
        assert!(encoded(&[b'a'; 2332]).is_none());
    }

    #[test]
    fn the_dark_area_of_the_path_is_that_of_the_code() {
        let code = encoded(b"otpauth://totp/Twofold:ann%40example.com?secret=GEZDGNBV").unwrap();
        let modules = code.to_colors();
        let drawn: usize = outline(&modules, code.width())
            .split('h')
            .skip(1)
            .step_by(2)
            .map(|part| part.split('v').next().unwrap().parse::<usize>().unwrap())
            .sum();
        let dark = modules.iter().filter(|module| **module == Color::Dark);
        assert_eq!(drawn, dark.count());
    }
}
