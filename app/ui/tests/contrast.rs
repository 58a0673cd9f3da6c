//! Recomputes the contrast of the token table, so that a changed token cannot become unreadable.

use std::collections::HashMap;

type Rgb = [f64; 3];

/// Linear sRGB of an oklch colour, cut to what a screen can show.
fn linear_rgb(lightness: f64, chroma: f64, hue: f64) -> Rgb {
    let (green_red, blue_yellow) = (chroma * hue.to_radians().cos(), chroma * hue.to_radians().sin());
    let long = (lightness + 0.396_337_777_4 * green_red + 0.215_803_757_3 * blue_yellow).powi(3);
    let medium = (lightness - 0.105_561_345_8 * green_red - 0.063_854_172_8 * blue_yellow).powi(3);
    let short = (lightness - 0.089_484_177_5 * green_red - 1.291_485_548 * blue_yellow).powi(3);
    [
        4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short,
        -1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short,
        -0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701 * short,
    ]
    .map(|channel| channel.clamp(0.0, 1.0))
}

/// WCAG contrast of two colours.
fn ratio(one: Rgb, other: Rgb) -> f64 {
    let luminance = |[r, g, b]: Rgb| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The opaque oklch tokens of one theme; `.dark` stands on top of `:root`.
fn tokens(theme: &str) -> HashMap<String, Rgb> {
    let sheet = include_str!("../../../style/tokens.css");
    let mut found = HashMap::new();
    for block in sheet.split('}') {
        let Some((selector, body)) = block.split_once('{') else { continue };
        if selector.trim_end().ends_with(":root") || selector.trim_end().ends_with(theme) {
            for declaration in body.split("--").skip(1) {
                let Some((name, value)) = declaration.split_once(':') else { continue };
                let Some(inner) = value.trim().strip_prefix("oklch(") else { continue };
                let inner = inner.split(')').next().unwrap_or_default();
                let numbers: Vec<f64> = inner.split_whitespace().filter_map(|n| n.parse().ok()).collect();
                if let ([l, c, h], false) = (numbers.as_slice(), inner.contains('/')) {
                    found.insert(name.trim().to_owned(), linear_rgb(*l, *c, *h));
                }
            }
        }
    }
    found
}

/// All pairs of a theme that are too close, with their ratio.
fn too_close(
    theme: &str,
    pairs: impl Iterator<Item = (&'static str, &'static str)>,
    least: f64,
) -> Vec<String> {
    let tokens = tokens(theme);
    let colour = |name: &str| *tokens.get(name).unwrap_or_else(|| panic!("no token --{name} in {theme}"));
    pairs
        .map(|(front, back)| (front, back, ratio(colour(front), colour(back))))
        .filter(|(_, _, ratio)| *ratio < least)
        .map(|(front, back, ratio)| format!("{theme}: --{front} on --{back} is {ratio:.2}, needs {least}"))
        .collect()
}

const THEMES: [&str; 2] = [":root", ".dark"];
const SURFACES: [&str; 5] = ["background", "card", "muted", "accent", "sidebar"];

fn on_surfaces(fronts: &'static [&'static str]) -> impl Iterator<Item = (&'static str, &'static str)> {
    fronts.iter().flat_map(|front| SURFACES.iter().map(|back| (*front, *back)))
}

#[test]
fn the_formula_knows_black_and_white() {
    let (white, black) = (linear_rgb(1.0, 0.0, 0.0), linear_rgb(0.0, 0.0, 0.0));
    assert!((ratio(white, black) - 21.0).abs() < 0.01);
}

#[test]
fn text_is_readable_on_every_surface() {
    const TEXTS: &[&str] = &[
        "foreground",
        "muted-foreground",
        "faint-foreground",
        "primary-soft-foreground",
        "success-text",
        "warning-text",
        "destructive-text",
        "info-text",
    ];
    let bad: Vec<_> = THEMES.iter().flat_map(|theme| too_close(theme, on_surfaces(TEXTS), 4.5)).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn text_is_readable_on_its_own_fill() {
    const PAIRS: [(&str, &str); 9] = [
        ("primary-foreground", "primary"),
        ("primary-foreground", "primary-hover"),
        ("primary-foreground", "destructive"),
        ("primary-soft-foreground", "primary-soft"),
        ("success-text", "success-soft"),
        ("warning-text", "warning-soft"),
        ("destructive-text", "destructive-soft"),
        ("info-text", "info-soft"),
        ("foreground", "destructive-soft"),
    ];
    let bad: Vec<_> = THEMES.iter().flat_map(|theme| too_close(theme, PAIRS.into_iter(), 4.5)).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn outlines_and_status_fills_stand_out() {
    // `--warning` is left out: it is a fill that never stands without an icon and words (DESIGN §2).
    const EDGES: &[&str] = &["input", "ring", "primary", "success", "destructive", "info"];
    let pairs = || EDGES.iter().flat_map(|edge| ["background", "card"].map(|back| (*edge, back)));
    let bad: Vec<_> = THEMES.iter().flat_map(|theme| too_close(theme, pairs(), 3.0)).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}
