//! The section `lawful`: clients of the same credentials, which are simulated, and traffic on others, which only loads
//! the issuers.

use super::arrivals;
use super::attacker::{ORDERS, order};
use super::map::Map;
use super::mints;
use super::names::Parts;
use super::trace::names_targets;
use crate::document::node::{Node, Value as Content};
use crate::model::id::{CredentialId, IssuerId, RouteId};
use crate::model::lineage::Cadence;
use crate::model::verifier::Check;
use crate::model::workload::{Arrivals, LawfulClient, Order, OtherTraffic, Refreshing};
use crate::random::law::Law;
use crate::settings::context::Context;
use crate::settings::key::{Key, Value};
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use crate::settings::values::positive;
use crate::units::probability::Share;
use crate::units::time::Span;

/// The most lawful clients.
pub const MOST: usize = 256;

/// Settings of a lawful client.
pub const KEYS: [Key; 9] = [
    Key::required(
        "uses",
        Value::Form("names of credentials, or `COUNT other credentials`"),
        "Credentials that it uses, at each target the first that is taken there; traffic on other credentials only loads the issuers.",
    ),
    Key::required(
        "sends",
        arrivals::VALUE,
        "How its requests are spaced, bursts and silences exponential with these means; of other credentials only `poisson RATE`, all of them together.",
    ),
    Key::optional(
        "to",
        Value::Names,
        "every target that its credentials open",
        "Targets that it calls; traffic on other credentials without it goes to every target, whatever the stolen credential opens.",
    ),
    Key::optional("order", Value::OneOf(&ORDERS), "roam", "In which order it calls them."),
    Key::optional(
        "replaced_after",
        Value::Law,
        "never",
        "Time from the first revocation of what it uses until it holds a replacement, or from that of the trial where no step reaches what it uses; where an issuer revokes a family of refresh tokens by itself, from the next refresh, which is refused.",
    ),
    Key::optional(
        "mapped",
        Value::Share,
        "100%",
        "Probability that it is in the map of who depends on the credential; one that is not breaks first and is found late.",
    ),
    Key::optional(
        "turns_up_after",
        Value::Law,
        "never",
        "Time from revocation until it is found that it depends on the credential, if it was not in the map; `replaced_after` counts from then.",
    ),
    Key::optional(
        "signs_in_again",
        Value::Form("`ISSUER within DURATION`"),
        "never",
        "Of other credentials: all of them come back to the issuer once it has a new key (`rotate_key`), evenly within this time.",
    ),
    Key::optional(
        "refreshes",
        Value::Form(REFRESHES),
        "at_expiry",
        "When it uses the refresh token that its credentials are derived from, where that rotates: its first credential is of any age, and one that ends is refreshed at once besides. A client without it whose credential expires before the revocation goes on with a next one that no step revokes.",
    ),
];

const REFRESHES: &str = "`poisson RATE`, `every DURATION` or `at_expiry`";

/// Either kind of lawful traffic.
#[derive(Clone, Debug, PartialEq)]
pub enum Lawful {
    /// Simulated request by request.
    Client(Box<LawfulClient>),
    /// Computed.
    Others(OtherTraffic),
}

impl Lawful {
    /// How its requests are spaced, if they are simulated.
    pub const fn arrivals(&self) -> Option<&Arrivals> {
        match self {
            Self::Client(client) => Some(&client.arrivals),
            Self::Others(_) => None,
        }
    }
}

/// Reads one.
pub fn read(name: Named<'_>, node: &Node, map: Map<'_>, parts: &mut Parts, context: &mut Context) -> Option<Lawful> {
    let mut reader = Reader::open(node, name.place, format!("lawful client `{}`", name.text), &[&KEYS], context)?;
    let others = match reader.node("uses").map(|node| &node.value) {
        Some(Content::Scalar { text, .. }) if text.contains(' ') => true,
        Some(_) => false,
        None => {
            arrivals::read(&mut reader, "sends", parts);
            return None;
        }
    };
    if others {
        other_traffic(name, &mut reader, map, parts).map(Lawful::Others)
    } else {
        client(name, &mut reader, map, parts).map(|client| Lawful::Client(Box::new(client)))
    }
}

fn client(name: Named<'_>, reader: &mut Reader<'_>, map: Map<'_>, parts: &mut Parts) -> Option<LawfulClient> {
    let mut uses = Vec::new();
    let names = reader.names("uses");
    for credential in &names {
        uses.extend(parts.credentials.find(*credential, reader.context()).map(CredentialId::at));
    }
    let arrivals = arrivals::read(reader, "sends", parts);
    let open = map.open_to(&uses);
    let known = map.credentials.iter().all(Option::is_some)
        && map.verifiers.iter().all(Option::is_some)
        && uses.len() == names.len();
    if known && !uses.is_empty() && open.is_empty() && map.routes.is_some_and(|routes| !routes.is_empty()) {
        reader.wrong(
            "uses",
            &format!("nothing that `{}` uses opens any target", name.text),
            "let the verifiers on some route all accept it, or remove the client",
        );
    }
    let targets = reader.names("to");
    let why = format!("no credential of `{}` opens", name.text);
    let routes = map.narrowed(open, &targets, &why, parts, reader.context());
    let order = order(reader, Order::Roam);
    if let Some(Arrivals::Trace(trace)) = &arrivals
        && names_targets(trace)
    {
        reader.none_have_effect(&["order", "to"], "the rows of the recording name their targets; remove one of both");
        map.all_reached(trace, &routes, &why, "sends", reader, parts);
    }
    let replaced_after = reader.law("replaced_after");
    let mapped = reader.share("mapped").unwrap_or(Share::ALL);
    let turns_up_after = reader.law("turns_up_after").unwrap_or_else(Law::never);
    if replaced_after.is_none() {
        reader.none_have_effect(&["mapped", "turns_up_after"], "nothing replaces what it holds; add `replaced_after`");
    } else if mapped == Share::ALL {
        reader.none_have_effect(&["turns_up_after"], "it is always in the map; say with `mapped` how often it is");
    }
    let help = "a named credential is replaced by `replaced_after`; remove it";
    reader.none_have_effect(&["signs_in_again"], help);
    let refreshes = refreshes(reader, &uses, map);
    Some(LawfulClient {
        name: name.text.to_owned(),
        uses,
        arrivals: arrivals?,
        routes,
        order,
        replaced_after,
        mapped,
        turns_up_after,
        refreshes,
    })
}

/// How a client uses the refresh token behind the first of its credentials that comes from one which rotates.
fn refreshes(reader: &mut Reader<'_>, uses: &[CredentialId], map: Map<'_>) -> Option<Refreshing> {
    let written = reader.form("refreshes", |form, _| match mints::cadence(form) {
        Ok(Cadence::OnRejection) | Err(_) => {
            Err(format!("`{}` is not a way in which a client refreshes; write {REFRESHES}", form.head))
        }
        other => other,
    });
    let rotates = |id: &CredentialId| map.credentials[id.index()].as_ref().is_some_and(|one| one.rotation.is_some());
    let behind = |id: &CredentialId| {
        let derived = map.credentials[id.index()].as_ref()?.derived.as_ref()?;
        Some(derived.from).filter(|from| derived.minted_at.is_none() && rotates(from))
    };
    let with = uses.iter().find_map(behind);
    if with.is_none() && map.credentials.iter().all(Option::is_some) {
        let help = "none of its credentials is derived from a refresh token with `rotation`; remove it";
        reader.none_have_effect(&["refreshes"], help);
    }
    Some(Refreshing { with: with?, cadence: written.unwrap_or(Cadence::AtExpiry) })
}

fn other_traffic(name: Named<'_>, reader: &mut Reader<'_>, map: Map<'_>, parts: &mut Parts) -> Option<OtherTraffic> {
    let credentials = reader.parsed("uses", other_credentials);
    reader.none_have_effect(
        &["order", "replaced_after", "refreshes", "mapped", "turns_up_after"],
        "traffic on other credentials only loads the issuers; remove it, or use a credential by its name",
    );
    let arrivals = arrivals::read(reader, "sends", parts);
    let rate = match arrivals {
        Some(Arrivals::Poisson(rate)) => Some(rate),
        Some(_) => {
            reader.wrong(
                "sends",
                "the load of other credentials is computed and not simulated",
                "write `poisson RATE`, the rate of all of them together",
            );
            None
        }
        None => None,
    };
    let all: Vec<RouteId> = (0..map.routes.map_or(0, <[_]>::len)).map(RouteId::at).collect();
    let targets = reader.names("to");
    let routes = map.narrowed(all, &targets, "no route leads to", parts, reader.context());
    let asks = |id: &RouteId| {
        let route = map.routes.and_then(|routes| routes.get(id.index()));
        route.is_some_and(|route| {
            route.verifiers.iter().any(|at| {
                map.verifiers[at.index()].as_ref().is_none_or(|verifier| matches!(verifier.check, Check::Asks(_)))
            })
        })
    };
    let signs_in_again = signs_in_again(reader, parts);
    if !routes.is_empty() && !routes.iter().any(asks) && !reader.has("signs_in_again") {
        let key = if reader.has("to") { "to" } else { "uses" };
        reader.wrong(
            key,
            "no verifier on the way asks an issuer, so other credentials load nothing",
            "remove it, or let it call a target whose verifiers ask",
        );
    }
    Some(OtherTraffic { name: name.text.to_owned(), credentials: credentials?, rate: rate?, routes, signs_in_again })
}

fn signs_in_again(reader: &mut Reader<'_>, parts: &mut Parts) -> Option<(IssuerId, Span)> {
    let place = reader.place_of("signs_in_again");
    let (issuer, within) = reader.parsed("signs_in_again", |text| {
        let (issuer, within) = text
            .split_once(" within ")
            .ok_or_else(|| format!("`{text}` does not say where and when; write `ISSUER within 5m`"))?;
        Ok((issuer.trim().to_owned(), positive("within", Span::parse(within)?)?))
    })?;
    let at = parts.issuers.find(Named { text: &issuer, place }, reader.context())?;
    Some((IssuerId::at(at), within))
}

fn other_credentials(text: &str) -> Result<u64, String> {
    let wrong =
        || format!("`{text}` names no credentials; write a name, a list of names, or `20000 other credentials`");
    let count =
        text.strip_suffix(" other credentials").or_else(|| text.strip_suffix(" other credential")).ok_or_else(wrong)?;
    let plain = count.bytes().all(|byte| byte.is_ascii_digit());
    match count.parse::<u64>().ok().filter(|_| plain) {
        Some(count) if (1..=1_000_000_000).contains(&count) => Ok(count),
        Some(count) => Err(format!("{count} is not between 1 and 1000000000; write another number of credentials")),
        None => Err(wrong()),
    }
}
