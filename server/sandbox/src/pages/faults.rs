//! The page on which a person sets faults.

use crate::faults::{CALLS, Fault, Kind, PLATFORMS};
use crate::pages::{escape, layout};
use crate::world::World;

/// Kinds as the form offers them, and what the value beside them means.
const KINDS: [(&str, &str); 14] = [
    ("refuse", "Refuse (status and code)"),
    ("delay_ms", "Answer late (milliseconds)"),
    ("cut_before", "Cut before doing it"),
    ("cut_during", "Do it, cut in the middle of the answer"),
    ("cut_after", "Do it, cut without an answer"),
    ("do_it_but_500", "Do it, answer 500"),
    ("do_it_but_garbage", "Do it, answer garbage"),
    ("expire_token", "Expire the token"),
    ("rate_limit", "Rate limit"),
    ("list_lags_ms", "The list lags (milliseconds)"),
    ("processing_fails", "Processing fails"),
    ("processing_fails_with", "Processing fails (code is the reason)"),
    ("webhook_late_ms", "Webhook late (milliseconds)"),
    ("webhook_twice", "Webhook twice"),
];

pub(crate) fn page(world: &World, faults: &[Fault], problem: Option<&str>) -> String {
    let rows = faults.iter().map(|fault| {
        let times = fault.times.map_or("for ever".into(), |times| format!("{times} more"));
        let kind = serde_json::to_string(&fault.kind).unwrap_or_default();
        format!("<li><code>{} {} {}</code>, {times}</li>", fault.platform, fault.call, escape(&kind))
    });
    let rows = match faults {
        [] => "<p>No faults are set: the platforms behave.</p>".to_owned(),
        _ => format!(
            "<ul class=\"plain\">{}</ul><form method=\"post\" action=\"{}\"><button class=\"quiet\" name=\"clear\" value=\"yes\">Clear all faults</button></form>",
            rows.collect::<String>(),
            escape(&world.path("/faults"))
        ),
    };
    let problem = problem.map_or(String::new(), |problem| {
        format!("<p class=\"problem\" role=\"alert\">The fault was not set: {}.</p>", escape(problem))
    });
    let option = |value: &str, says: &str| format!("<option value=\"{value}\">{}</option>", escape(says));
    let main = format!(
        "{problem}<section class=\"card\"><h2>Set now</h2>{rows}</section>\
         <form class=\"card\" method=\"post\" action=\"{action}\"><h2>Add a fault</h2>\
         <label>Platform <select name=\"platform\">{platforms}</select></label>\
         <label>Call <select name=\"call\">{calls}</select></label>\
         <label>What happens <select name=\"kind\">{kinds}</select></label>\
         <label>Status <input name=\"status\" inputmode=\"numeric\" value=\"403\"></label>\
         <label>Code or reason <input name=\"code\" value=\"spam_risk_too_many_posts\"></label>\
         <label>Milliseconds <input name=\"ms\" inputmode=\"numeric\" value=\"3000\"></label>\
         <label>How many times (empty: for ever) <input name=\"times\" inputmode=\"numeric\" value=\"1\"></label>\
         <p><button>Add the fault</button></p></form>",
        action = escape(&world.path("/faults")),
        platforms = PLATFORMS.map(|name| option(name, name)).concat(),
        calls = CALLS.map(|name| option(name, name)).concat(),
        kinds = KINDS.map(|(name, says)| option(name, says)).concat(),
    );
    layout(world, "Faults", &main)
}

/// A fault from the form's fields.
pub(crate) fn read_form(field: impl Fn(&str) -> String) -> Result<Fault, String> {
    let number = |name: &str| {
        let text = field(name);
        text.trim().parse::<u32>().map_err(|_| format!("{name} must be a whole number, not `{text}`"))
    };
    let kind = match field("kind").as_str() {
        "refuse" => {
            let status = u16::try_from(number("status")?).map_err(|_| "status is no HTTP status")?;
            Kind::Refuse { status, code: field("code") }
        }
        "delay_ms" => Kind::DelayMs(number("ms")?),
        "list_lags_ms" => Kind::ListLagsMs(number("ms")?),
        "webhook_late_ms" => Kind::WebhookLateMs(number("ms")?),
        "processing_fails_with" => Kind::ProcessingFailsWith(field("code")),
        plain => {
            let name = serde_json::Value::from(plain);
            serde_json::from_value(name).map_err(|_| format!("`{plain}` is no kind of fault"))?
        }
    };
    let times = if field("times").trim().is_empty() { None } else { Some(number("times")?) };
    let fault = Fault { platform: field("platform"), call: field("call"), kind, times };
    fault.check()?;
    Ok(fault)
}
