//! The first scenario that `init` writes: complete, commented, and worth changing.

/// The text of the first scenario.
pub const FIRST: &str = r#"# A token was copied from a build log. Somebody revokes it. Who still accepts it, and for how long?
#
#                      ┌ api-gw ─── orders, reports     remembers answers for 5 min
#   thief ── replays ─▶┤
#                      └ admin-gw ─ users               remembers answers for 5 min, hears a push
#
# Check it with `revdrill check`, play it with `revdrill run`, and change it: every key is explained by
# `revdrill schema` and in the reference; `revdrill check --defaults` lists what is left out here.

revdrill: 1
teaches: Two gateways with the same cache. The one that hears a push closes in a second, the other when its cache ends.

# A trial goes on for so long after the revocation; what is still open then counts as not contained.
horizon: 30m after revocation

credentials:
  api-token: { kind: opaque, issuer: idp, lifetime: 8h }

# News of a revocation. Two messages in a hundred are lost, and nothing sends them again.
channels:
  push: { kind: set_push, from: idp, delay: exponential(mean=500ms), loss: 2% }

verifiers:
  api-gw:   { asks: idp, cache: { ttl: 5m }, replicas: 3, balance: round_robin, fronts: [orders, reports] }
  admin-gw: { asks: idp, cache: { ttl: 5m }, hears: { push: evict }, fronts: users }

# Laws of delays are written as people say them: nine times in ten between 20 seconds and 4 minutes.
attacker:
  steals: api-token
  first_try: 90% in 20s..4m
  replays: { arrivals: poisson 2/s, order: enumerate, on_reject: retry }

# Lawful requests keep cache entries warm, and are refused until their client holds a replacement: that is the price.
lawful:
  shop: { uses: api-token, sends: poisson 1/s, replaced_after: lognormal(p50=10m p95=45m) }

defender:
  detects: lognormal(p50=5m p95=12m)
  approves: 30s..2m
  playbook:
    - { revoke: api-token, takes: 20s }

objectives:
  - p99(time_to_contain{target=users}) <= 30s: meant to fail, a lost message leaves the entry in the cache
  - p50(time_to_contain{target=users}) <= 5s
  - p99(time_to_contain) <= 5m

assumptions:
  - { what: detection takes 5 minutes at the median, source: "your own incidents: replace this figure" }
"#;
