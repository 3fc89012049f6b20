//! Where requests can go: the routes that credentials open, for attackers and lawful clients alike.

use super::names::Parts;
use super::routes;
use crate::model::credential::Credential;
use crate::model::id::{CredentialId, RouteId, TargetId};
use crate::model::place::Route;
use crate::model::verifier::Verifier;
use crate::model::workload::Trace;
use crate::settings::context::Context;
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use std::collections::BTreeSet;

/// Where requests can go, as far as it could be read.
#[derive(Clone, Copy, Debug)]
pub struct Map<'a> {
    /// Credentials.
    pub credentials: &'a [Option<Credential>],
    /// Verifiers.
    pub verifiers: &'a [Option<Verifier>],
    /// Routes; none after a fault in their layout.
    pub routes: Option<&'a [Route]>,
}

impl Map<'_> {
    /// The routes that one of these credentials passes.
    pub fn open_to(&self, ids: &[CredentialId]) -> Vec<RouteId> {
        let passes = |route: &Route| {
            ids.iter().any(|id| {
                self.credentials[id.index()]
                    .as_ref()
                    .is_none_or(|credential| routes::passes(route, *id, credential, self.verifiers))
            })
        };
        routes::ids(self.routes.unwrap_or_default(), passes)
    }

    /// Of these routes, those to the named targets; all of them if none is named. A target that none of them leads
    /// to is a fault, told with `why`.
    pub fn narrowed(
        &self,
        open: Vec<RouteId>,
        targets: &[Named<'_>],
        why: &str,
        parts: &mut Parts,
        context: &mut Context,
    ) -> Vec<RouteId> {
        let Some(routes) = self.routes.filter(|_| !targets.is_empty()) else { return open };
        let mut found = Vec::new();
        for name in targets {
            let Some(at) = parts.targets.find(*name, context) else { continue };
            let leading = open.iter().filter(|id| routes[id.index()].target == TargetId::at(at));
            let before = found.len();
            found.extend(leading);
            if found.len() == before
                && self.credentials.iter().all(Option::is_some)
                && self.verifiers.iter().all(Option::is_some)
            {
                context.fault(
                    name.place,
                    format!("{why} `{}`", name.text),
                    "name another target, or let the verifiers before it accept the credential",
                );
            }
        }
        found
    }

    /// Reports targets that a recording names and that none of the routes leads to.
    pub fn all_reached(
        &self,
        trace: &Trace,
        open: &[RouteId],
        why: &str,
        key: &str,
        reader: &mut Reader<'_>,
        parts: &Parts,
    ) {
        let Some(routes) = self.routes else { return };
        if self.credentials.iter().any(Option::is_none) || self.verifiers.iter().any(Option::is_none) {
            return;
        }
        let reached: BTreeSet<TargetId> = open.iter().map(|id| routes[id.index()].target).collect();
        let named: BTreeSet<TargetId> = trace.requests().filter_map(|request| request.target).collect();
        for target in named.difference(&reached) {
            let message = format!("the recording calls `{}`, and {why} it", parts.targets.text(target.index()));
            reader.wrong(
                key,
                &message,
                "leave these rows out with `where`, or let the verifiers before it accept the credential",
            );
        }
    }
}
