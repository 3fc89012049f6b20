//! The failure modes that really happened, each as an edit of a scenario that puts it in.
//!
//! Every mode names the setting that it turns, a public report of a product in which it was seen, and what a scenario
//! needs for it to change anything. `inject` carries them out; the reference and `revdrill list` show this list.

use super::edit::{Pen, Workbench, get_mut};
use crate::document::node::Value;
use crate::model::cache::Ttl;
use crate::units::time::Span;

/// A failure mode.
#[derive(Clone, Copy)]
pub struct FailureMode {
    /// Its name under `inject`.
    pub name: &'static str,
    /// Its number in the list of failure modes.
    pub number: u8,
    /// What goes wrong, and what exactly is set.
    pub what: &'static str,
    /// The setting that it turns.
    pub knob: &'static str,
    /// Where it was seen.
    pub seen: &'static str,
    /// What a scenario needs for it to change anything.
    pub needs: &'static str,
    /// The edit.
    pub edit: fn(&mut Workbench<'_>),
}

/// Every failure mode.
pub const MODES: [FailureMode; 17] = [
    FailureMode {
        name: "ttl_renewed_on_hit",
        number: 1,
        what: "Every hit renews an entry: whoever polls faster than the TTL keeps a revoked credential alive for ever.",
        knob: "cache.renewal: every_hit",
        seen: "ory/oathkeeper, pull request 968",
        needs: "it needs a cache of answers with a `ttl` that ends, and whose hits do not renew it already",
        edit: |bench| {
            bench.caches(|cache| {
                let Some(Ttl::For(ttl)) = cache.ttl().filter(|_| keeps_answers(cache)) else { return };
                cache.set("renewal", "every_hit");
                // A hit that renews the lifetime renews it before so long a silence ends the entry.
                let idle = cache.text("idle").and_then(|idle| Span::parse(idle).ok());
                if idle.is_some_and(|idle| idle >= ttl) {
                    cache.remove("idle");
                }
            })
        },
    },
    FailureMode {
        name: "local_purge",
        number: 2,
        what: "News or a purge reaches the one replica that the load balancer picks, and not its siblings.",
        knob: "channels.NAME.reaches: one_replica; purge with reaches: one_replica",
        seen: "getnora-io/nora, pull request 668; Tr3kkR/Yuzu, 4766",
        needs: "it needs a verifier with several `replicas` that hears a `set_push` with `evict` or `refetch`, alone if it is named; else name the channel",
        edit: local_purge,
    },
    FailureMode {
        name: "missing_trigger",
        number: 3,
        what: "The trigger that the playbook pulls is not among those that the channels carry: nobody hears of it.",
        knob: "channels.NAME.carries",
        seen: "go-authgate, pull request 136; asobi, 215",
        needs: "it needs a channel that a verifier hears, that the revocation itself sets in motion and no step pushes, and a playbook that pulls one of the triggers only",
        edit: missing_trigger,
    },
    FailureMode {
        name: "partial_bypass",
        number: 4,
        what: "Only the first target that a verifier fronts, the sensitive one, goes past the cache; the others do not.",
        knob: "cache.bypass",
        seen: "GetBindu, pull request 509",
        needs: "it needs a verifier with a cache of its own that fronts several targets and bypasses it for none",
        edit: partial_bypass,
    },
    FailureMode {
        name: "keys_kept_until_unknown",
        number: 5,
        what: "Signing keys are kept without an end and fetched anew only when a token names an unknown key.",
        knob: "channels.NAME.refetch: on_unknown_key",
        seen: "svelte-langgraph, 284; istio, 37710 (20 min by default)",
        needs: "it needs a channel of `kind: key_rotation` that fetches by a clock",
        edit: |bench| {
            bench.parts("channels", |_, channel| {
                if channel.text("kind") == Some("key_rotation") {
                    channel.set("refetch", "on_unknown_key");
                    ["jitter", "loss", "request_leg", "response_leg"].iter().for_each(|key| channel.remove(key));
                }
            });
        },
    },
    FailureMode {
        name: "streams_survive",
        number: 6,
        what: "Open connections are never looked at again and have no longest life.",
        knob: "verifiers.NAME.connections: { max_age: forever, recheck: never }",
        seen: "OpenRisk, 345; Tr3kkR/Yuzu, 887",
        needs: "it needs a verifier with `connections`",
        edit: |bench| {
            bench.parts("verifiers", |_, verifier| {
                if verifier.has("connections")
                    && let Some(mut connections) = verifier.within("connections")
                {
                    connections.set("max_age", "forever");
                    connections.remove("recheck");
                }
            });
        },
    },
    FailureMode {
        name: "refresh_grace",
        number: 7,
        what: "A refresh token that was spent may be presented again for 60 s, by whomever.",
        knob: "credentials.NAME.rotation.grace",
        seen: "f3-nation, pull request 692; HQBase, 41",
        needs: "it needs a credential of `kind: refresh_token` with `rotation`, which does something about a spent token",
        edit: |bench| {
            bench.parts("credentials", |_, credential| {
                if credential.has("rotation")
                    && let Some(mut rotation) = credential.within("rotation")
                    && rotation.text("on_reuse") != Some("ignore")
                {
                    rotation.set("grace", "60s");
                }
            });
        },
    },
    FailureMode {
        name: "unchecked_after_issue",
        number: 8,
        what: "A credential is taken unasked for 10 s after its issue.",
        knob: "verifiers.NAME.trusts_new_for",
        seen: "gravitee-am, pull request 8404 (10 s)",
        needs: "it needs a verifier that `asks`",
        edit: |bench| {
            bench.parts("verifiers", |_, verifier| {
                if verifier.has("asks") {
                    verifier.set("trusts_new_for", "10s")
                }
            })
        },
    },
    FailureMode {
        name: "whole_second_clocks",
        number: 9,
        what: "Clocks count whole seconds: entries live to the end of their last second, and `exp` is rounded up.",
        knob: "cache.ends: next_whole_second; credentials.NAME.rounding: up",
        seen: "keycloak, 26113",
        needs: "it needs a cache of answers with a `ttl` that ends, or a `self_contained` credential",
        edit: |bench| {
            bench.caches(|cache| {
                if keeps_answers(cache) && matches!(cache.ttl(), Some(Ttl::For(_))) {
                    cache.set("ends", "next_whole_second")
                }
            });
            bench.parts("credentials", |_, credential| {
                if credential.text("kind") == Some("self_contained") {
                    credential.set("rounding", "up");
                }
            });
        },
    },
    FailureMode {
        name: "revocation_ignored",
        number: 10,
        what: "The issuer records every revocation, answers with success, and goes on calling the credential active.",
        knob: "issuers.NAME.revocation.ineffective: 100%",
        seen: "keycloak, CVE-2026-8922 and CVE-2026-18218; WSO2, CVE-2026-3583",
        needs: "it needs a credential with an `issuer`",
        edit: |bench| {
            for issuer in bench.named_under("credentials", "issuer") {
                bench.part_or_new("issuers", &issuer, |issuer| {
                    if let Some(mut revocation) = issuer.within("revocation") {
                        revocation.set("ineffective", "100%");
                    }
                });
            }
        },
    },
    FailureMode {
        name: "list_lost_on_restart",
        number: 11,
        what: "A list that was subscribed to is kept in memory and lost on restarts, every hour on average; nobody reads it anew.",
        knob: "channels.NAME.restarts, durable, every",
        seen: "keycloak, 31760",
        needs: "it needs a channel of `kind: deny_list` with `read: subscribed`",
        edit: |bench| {
            bench.parts("channels", |_, channel| {
                if channel.text("kind") == Some("deny_list") && channel.text("read") == Some("subscribed") {
                    ["durable", "every", "jitter", "request_leg", "response_leg"]
                        .iter()
                        .for_each(|key| channel.remove(key));
                    channel.set("restarts", "exponential(mean=1h)");
                }
            });
        },
    },
    FailureMode {
        name: "status_source_down",
        number: 12,
        what: "Whom a verifier asks is down for 10 min from the revocation on, and the verifier then lets everything in.",
        knob: "verifiers.NAME.when_issuer_down: fail_open; faults",
        seen: "MeshWeaver, pull request 2607; adcp, pull request 4627",
        needs: "it needs a verifier that `asks`",
        edit: status_source_down,
    },
    FailureMode {
        name: "stale_deny",
        number: 13,
        what: "A rejection is remembered for 5 min, whatever the issuer says by then.",
        knob: "cache.negative_ttl: 5m",
        seen: "HealthClaw, pull request 706; indigo-dc, 156",
        needs: "it needs a cache that keeps answers",
        edit: |bench| {
            bench.caches(|cache| {
                if keeps_answers(cache) && cache.ttl().is_some() {
                    cache.set("negative_ttl", "5m")
                }
            })
        },
    },
    FailureMode {
        name: "long_default_cache",
        number: 14,
        what: "An authoriser keeps answers for 300 s, as Amazon API Gateway does unless told otherwise.",
        knob: "verifiers.NAME.cache.ttl: 5m",
        seen: "Amazon API Gateway, authorizerResultTtlInSeconds: 300 s by default",
        needs: "it needs a verifier that `asks` without a cache, or with one of its own with a shorter `ttl`",
        edit: long_default_cache,
    },
    FailureMode {
        name: "cutoff_forgotten",
        number: 15,
        what: "A cut-off by time of issue is forgotten after 1 min, before the longest token that it shut out has expired.",
        knob: "playbook step with reach: issued_before, retention: 1m",
        seen: "Abblix Oidc.Server, pull request 392",
        needs: "it needs a step of the playbook with `reach: issued_before`",
        edit: |bench| {
            steps(bench, |step| {
                if step.text("reach") == Some("issued_before") {
                    step.set("retention", "1m");
                }
            });
        },
    },
    FailureMode {
        name: "push_without_promise",
        number: 16,
        what: "A push is sent once; 10 % of the messages are lost, unless the scenario loses more, and nobody verifies the stream.",
        knob: "channels.NAME: { delivery: at_most_once, loss: 10% }",
        seen: "openid/sharedsignals, 339; Microsoft Entra, up to 15 min",
        needs: "it needs a channel of `kind: set_push` that tries again or loses less",
        edit: push_without_promise,
    },
    FailureMode {
        name: "cache_for_availability",
        number: 17,
        what: "Somebody spares the issuer: every TTL is ten times as long. The load falls, and the window grows.",
        knob: "cache.ttl",
        seen: "sttp-oauth2, 311, against ory/oathkeeper, 1082",
        needs: "it needs a cache with a `ttl` that ends",
        edit: |bench| {
            bench.caches(|cache| {
                if let Some(Ttl::For(ttl)) = cache.ttl() {
                    let longer = Span::from_nanos(ttl.nanos().saturating_mul(10));
                    cache.set("ttl", &longer.to_string());
                }
            });
        },
    },
];

/// Whether a cache keeps answers of an issuer and not whole responses, which live for their `ttl` and no more.
fn keeps_answers(cache: &Pen<'_>) -> bool {
    cache.text("holds") != Some("responses")
}

fn local_purge(bench: &mut Workbench<'_>) {
    let named = bench.at;
    let mut hearing: Vec<(String, String)> = Vec::new();
    let mut several: Vec<String> = Vec::new();
    for entry in bench.tree.get("verifiers").and_then(|all| all.entries()).unwrap_or_default() {
        if matches!(&entry.value.get("replicas").map(|count| &count.value), Some(Value::Scalar { text, .. }) if text != "1")
        {
            several.push(entry.key.text.clone());
        }
        for heard in entry.value.get("hears").and_then(|hears| hears.entries()).unwrap_or_default() {
            hearing.push((entry.key.text.clone(), heard.key.text.clone()));
        }
    }
    let whole = bench.at.take();
    let known =
        bench.names("verifiers").iter().chain(&bench.names("channels")).any(|name| Some(name.as_str()) == whole);
    bench.parts("channels", |name, channel| {
        let heard = || hearing.iter().filter(|(_, heard)| heard == name);
        let meant = named.is_none_or(|named| named == name || heard().all(|(by, _)| by == named));
        if meant && channel.text("kind") == Some("set_push") && heard().any(|(by, _)| several.contains(by)) {
            channel.set("reaches", "one_replica");
        }
    });
    steps(bench, |step| {
        let purged = step.text("purge").map(str::to_owned);
        if purged.is_some_and(|purged| named.is_none_or(|named| named == purged) && several.contains(&purged)) {
            step.set("reaches", "one_replica");
        }
    });
    (bench.at, bench.met) = (whole, known);
}

/// Edits every step of the playbook, those in blocks and in sequences within them as well.
fn steps(bench: &mut Workbench<'_>, mut edit: impl FnMut(&mut Pen<'_>)) {
    let mut pen = bench.pen();
    let Some(mut defender) = pen.within("defender") else { return };
    defender.items("playbook", &mut |step| {
        edit(step);
        step.items("at_once", &mut |inner| {
            edit(inner);
            inner.items("in_order", &mut |innermost| edit(innermost));
        });
    });
}

fn missing_trigger(bench: &mut Workbench<'_>) {
    const TRIGGERS: [&str; 2] = super::channels::TRIGGERS;
    let heard: Vec<String> = bench
        .tree
        .get("verifiers")
        .and_then(|all| all.entries())
        .unwrap_or_default()
        .iter()
        .flat_map(|entry| entry.value.get("hears").and_then(|hears| hears.entries()).unwrap_or_default())
        .map(|hearing| hearing.key.text.clone())
        .collect();
    let mut pulled = [false; TRIGGERS.len()];
    let whole = bench.at.take();
    let before = bench.changed;
    let mut pushed: Vec<String> = Vec::new();
    steps(bench, |step| {
        TRIGGERS.iter().zip(&mut pulled).for_each(|(trigger, pulled)| *pulled |= step.has(trigger));
        pushed.extend(step.text("push").map(str::to_owned));
    });
    debug_assert_eq!(before, bench.changed, "looking changes nothing");
    bench.at = whole;
    let left: Vec<&str> = TRIGGERS.iter().zip(pulled).filter(|(_, pulled)| !pulled).map(|(name, _)| *name).collect();
    if !left.is_empty() {
        bench.parts("channels", |name, channel| {
            let name = &name.to_owned();
            // A step of the playbook sets these in motion, or brings what they carry once more: no trigger of theirs can miss.
            let by_a_step = matches!(channel.text("kind"), Some("key_rotation" | "redeploy")) || pushed.contains(name);
            if heard.contains(name) && !by_a_step {
                channel.set_list("carries", &left)
            }
        });
    }
}

fn partial_bypass(bench: &mut Workbench<'_>) {
    bench.parts("verifiers", |_, verifier| {
        let fronts: Vec<String> = verifier.texts("fronts").into_iter().map(str::to_owned).collect();
        let [first, _, ..] = fronts.as_slice() else { return };
        if matches!(get_mut(verifier.node, "cache").map(|cache| &cache.value), Some(Value::Mapping(_)))
            && let Some(mut cache) = verifier.within("cache")
            && cache.ttl().is_some()
            && !cache.has("bypass")
        {
            cache.set("bypass", first);
        }
    });
}

fn status_source_down(bench: &mut Workbench<'_>) {
    let mut asked = Vec::new();
    bench.parts("verifiers", |_, verifier| {
        if let Some(source) = verifier.text("asks").map(str::to_owned) {
            verifier.set("when_issuer_down", "fail_open");
            asked.push(source);
        }
    });
    let whole = bench.at.take();
    let mut issuers: Vec<String> = Vec::new();
    for source in asked {
        // A channel of questions goes down with the issuer that it leads to, and says which only if there are several.
        let channel = bench.tree.get("channels").and_then(|all| all.get(&source));
        let from = channel.map(|channel| channel.get("from").map(|from| &from.value));
        let issuer = match from {
            None => Some(source),
            Some(Some(Value::Scalar { text, .. })) => Some(text.clone()),
            Some(_) => bench.named_under("credentials", "issuer").into_iter().next(),
        };
        issuers.extend(issuer.filter(|issuer| !issuers.contains(issuer)));
    }
    for issuer in issuers {
        bench.part_or_new("faults", &format!("injected-{issuer}"), |fault| {
            fault.set("part", &issuer);
            fault.set("from", "0s after revocation");
            fault.set("for", "10m");
        });
    }
    bench.at = whole;
}

fn long_default_cache(bench: &mut Workbench<'_>) {
    const DEFAULT: Span = Span::from_nanos(300 * 1_000_000_000);
    bench.parts("verifiers", |_, verifier| {
        let replaced = match verifier.node.get("cache").map(|cache| &cache.value) {
            None => true,
            Some(Value::Mapping(_)) => true,
            Some(_) => false,
        };
        if verifier.has("asks")
            && replaced
            && let Some(mut cache) = verifier.within("cache")
        {
            let shorter = match cache.ttl() {
                Some(Ttl::For(ttl)) => ttl < DEFAULT,
                Some(Ttl::Forever) => false,
                Some(Ttl::Disabled) | None => true,
            };
            if shorter {
                cache.set("ttl", "5m");
            }
        }
    });
}

fn push_without_promise(bench: &mut Workbench<'_>) {
    bench.parts("channels", |_, channel| {
        if channel.text("kind") != Some("set_push") {
            return;
        }
        if channel.has("delivery") {
            channel.set("delivery", "at_most_once");
        }
        ["retry", "verified_every"].iter().for_each(|key| channel.remove(key));
        let lost = channel.text("loss").and_then(|loss| loss.strip_suffix('%')?.parse::<f64>().ok());
        if lost.is_none_or(|lost| lost < 10.0) {
            channel.set("loss", "10%");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modes_are_numbered_and_named_apart() {
        for (at, mode) in MODES.iter().enumerate() {
            assert_eq!(usize::from(mode.number), at + 1);
            assert!(MODES[..at].iter().all(|other| other.name != mode.name), "{}", mode.name);
            assert!(mode.what.ends_with('.') && mode.needs.starts_with("it needs "), "{}", mode.name);
        }
    }
}
