//! The setting `accepts` of a verifier: which credentials it takes, and whether it can tell a good one from a bad one.

use super::names::Parts;
use super::routes::takes;
use super::surroundings::Surroundings;
use crate::document::suggestion::{listed, nearest};
use crate::model::credential::{Credential, CredentialKind};
use crate::model::id::CredentialId;
use crate::model::verifier::{Action, Check, Hearing, Verifier};
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use std::collections::BTreeSet;

/// The credentials that it takes: those named, else those that it could take.
pub fn read(reader: &mut Reader<'_>, verifier: &Verifier, around: &mut Surroundings<'_>) -> Vec<CredentialId> {
    if !reader.has("accepts") {
        let could = |(at, credential): (usize, &Option<Credential>)| {
            (credential.as_ref()?.kind != CredentialKind::RefreshToken && could_take(verifier, credential.as_ref()?))
                .then(|| CredentialId::at(at))
        };
        let found: Vec<CredentialId> = around.credentials.iter().enumerate().filter_map(could).collect();
        if found.is_empty() && around.credentials.iter().all(Option::is_some) && !around.credentials.is_empty() {
            report_nothing_to_take(reader, verifier, around);
        }
        found.iter().for_each(|id| around.parts.credentials.mark_used(id.index()));
        return found;
    }
    let mut found = Vec::new();
    for name in reader.names("accepts") {
        let Some(at) = around.parts.credentials.find(name, reader.context()) else { continue };
        if let Some(credential) = &around.credentials[at]
            && verifier.check != Check::Nothing
            && !could_take(verifier, credential)
        {
            let (message, help) = why_not(verifier, credential, around.parts);
            reader.context().fault(name.place, message, help);
        }
        found.push(CredentialId::at(at));
    }
    found
}

fn could_take(verifier: &Verifier, credential: &Credential) -> bool {
    match &verifier.check {
        Check::Nothing => true,
        Check::Itself => !credential.kind.is_reference() || verifier.hears.iter().any(denies),
        Check::Asks(asked) => credential.issuer == Some(asked.issuer),
    }
}

fn denies(hearing: &Hearing) -> bool {
    matches!(hearing.action, Action::Deny(_))
}

fn why_not(verifier: &Verifier, credential: &Credential, parts: &Parts) -> (String, String) {
    let issuer = credential.issuer.map_or("nobody", |issuer| parts.issuers.text(issuer.index()));
    match &verifier.check {
        Check::Asks(asked) => {
            let asked = parts.issuers.text(asked.issuer.index());
            (
                format!(
                    "`{}` asks `{asked}`, which does not know `{}`: it comes from {}",
                    verifier.name,
                    credential.name,
                    shown_issuer(credential, issuer)
                ),
                "ask the issuer that the credential comes from, or do not accept it".to_owned(),
            )
        }
        _ => (
            format!(
                "`{}` cannot tell whether the {} credential `{}` is good",
                verifier.name,
                credential.kind.name(),
                credential.name
            ),
            format!(
                "add `asks: {issuer}`, or let it hear a channel with `deny`; what can be checked without asking is a `self_contained` credential, and behind a verifier that has asked already it may be `checks: nothing`"
            ),
        ),
    }
}

fn shown_issuer(credential: &Credential, issuer: &str) -> String {
    if credential.issuer.is_some() { format!("`{issuer}`") } else { "no issuer".to_owned() }
}

fn report_nothing_to_take(reader: &mut Reader<'_>, verifier: &Verifier, around: &Surroundings<'_>) {
    let place = reader.place();
    if let Check::Asks(asked) = &verifier.check {
        let asked = around.parts.issuers.text(asked.issuer.index());
        let issuing = || {
            around
                .credentials
                .iter()
                .flatten()
                .filter_map(|credential| credential.issuer)
                .map(|issuer| around.parts.issuers.text(issuer.index()))
        };
        let help = match nearest(asked, issuing()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("credentials come from {}", listed(issuing().collect::<BTreeSet<_>>())),
        };
        let place = reader.place_of("asks");
        reader.context().fault(
            place,
            format!("`{}` asks `{asked}`, which has issued none of the credentials", verifier.name),
            help,
        );
    } else if let Some(credential) = around.credentials.iter().flatten().next() {
        let (message, help) = why_not(verifier, credential, around.parts);
        reader.context().fault(place, message, help);
    }
}

/// A scope that none of the accepted credentials carries shuts the verifier to everybody, or to nobody where none has any.
pub fn report_useless_scope(
    reader: &mut Reader<'_>,
    needs: Option<Named<'_>>,
    verifier: &Verifier,
    around: &Surroundings<'_>,
) {
    let Some(needed) = needs.filter(|_| verifier.check != Check::Nothing) else { return };
    let accepted = || {
        verifier
            .accepts
            .iter()
            .filter_map(|id| around.credentials[id.index()].as_ref().map(|credential| (*id, credential)))
    };
    if accepted().next().is_none() {
        return;
    }
    // A credential at fault may well have scopes.
    let known = around.credentials.iter().all(Option::is_some);
    if known && accepted().all(|(_, credential)| credential.scopes.is_empty()) {
        let message = format!("`needs` has no effect: no credential that `{}` accepts has `scopes`", verifier.name);
        let help = format!("give those that have it `scopes: [{}]`, and others theirs, or remove it", needed.text);
        reader.context().fault(needed.place, message, help);
        return;
    }
    if accepted().any(|(id, credential)| takes(verifier, id, credential)) {
        return;
    }
    let scopes = || accepted().flat_map(|(_, credential)| credential.scopes.iter().map(String::as_str));
    let help = match nearest(needed.text, scopes()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("they carry {}", listed(scopes().collect::<BTreeSet<_>>())),
    };
    reader.context().fault(
        needed.place,
        format!("no credential that `{}` accepts carries the scope `{}`", verifier.name, needed.text),
        help,
    );
}
