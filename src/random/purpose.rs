//! What a stream of random numbers is for: one closed list with numbers that never change.
//!
//! The number is half of a stream's address (`stream.rs`). A number that changed, or was used twice, would
//! change recorded results, so a number is given once: append new purposes, and leave the number of a removed
//! one unused for ever. Changing a setting of one purpose leaves the draws of all others as they were.

/// The purpose of a stream; together with an entity's number it addresses one stream of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum Purpose {
    /// When a copy of the credential is found.
    CopyFound = 1,
    /// The attacker's first try.
    AttackerFirstTry = 2,
    /// Times between the attacker's requests.
    AttackerArrivals = 3,
    /// Which target the attacker tries next.
    AttackerOrder = 4,
    /// The attacker's back-off and its jitter.
    AttackerBackOff = 5,
    /// The attacker's minting of derived credentials.
    AttackerMint = 6,
    /// Connections that the attacker opens and holds.
    AttackerConnection = 7,
    /// Which copies are missed.
    CopyMissed = 8,
    /// How long the owner of a copy takes, and whether an answer comes at all.
    CopyOwner = 9,
    /// Spacing of a replay stream beyond its unit exponentials.
    AttackerSpacing = 10,

    /// Delay of detection.
    Detection = 20,
    /// Whether the attack is detected at all.
    DetectionOutcome = 21,
    /// Detection by a request: which one gives the signal.
    DetectionSignal = 22,
    /// False alarms.
    FalseAlarm = 23,
    /// Delay of triage.
    Triage = 24,
    /// Delay of approval.
    Approval = 25,
    /// Delays of the playbook's steps.
    StepDelay = 26,
    /// Whether a step of the playbook succeeds.
    StepOutcome = 27,
    /// Delays before a step is tried again.
    StepRetry = 28,
    /// Whether a revocation is recorded but has no effect.
    Ineffective = 29,
    /// Whether a revocation is refused.
    Refused = 30,

    /// Whether an entry stands in the cache at the start.
    CacheStart = 40,
    /// The age of an entry at the start.
    CacheStartAge = 41,
    /// The lifetime of a cache entry (jitter).
    CacheLifetime = 42,
    /// Refreshing ahead of expiry.
    CacheRefresh = 43,
    /// The age at which a credential is presented, counted from its issue.
    CredentialAge = 44,
    /// Phase of a clock within its second.
    ClockPhase = 45,
    /// Skew of a clock.
    ClockSkew = 46,
    /// Which replica a request reaches.
    Balance = 47,
    /// Phase of a recheck of open connections.
    RecheckPhase = 48,
    /// Age of a connection that stood open at the start.
    ConnectionAge = 49,
    /// The replica at which a caller stays.
    StickyReplica = 50,
    /// The replica that hears a push which reaches only one.
    ListeningReplica = 51,

    /// Whether a message is lost on the bus, for all receivers at once.
    BusOutcome = 60,
    /// Delay of the bus.
    BusDelay = 61,
    /// Whether one receiver's message is lost or duplicated.
    MessageOutcome = 62,
    /// Delay of one receiver's message.
    MessageDelay = 63,
    /// Back-off between deliveries of a message.
    MessageRetry = 64,
    /// Phase of a poller.
    PollPhase = 65,
    /// Jitter of a poller's period.
    PollJitter = 66,
    /// Whether a poll succeeds.
    PollOutcome = 67,
    /// Request and response time of a poll.
    PollLegs = 68,
    /// Phase at which a status list is published.
    StatusListPhase = 69,
    /// Phase at which a copy of a status list is refreshed on its way.
    StatusListCachePhase = 70,
    /// Phase at which keys are fetched again.
    KeyRefetchPhase = 71,
    /// Delays of a rolling redeployment.
    RedeployDelay = 72,
    /// Delay of people at a partner.
    ManualDelay = 73,
    /// Whether people at a partner ever act.
    ManualOutcome = 74,
    /// Whether a push stream is dead.
    StreamHealth = 75,
    /// Whether and when a delivered event comes again.
    Duplicate = 76,
    /// When the restart of a subscriber loses its list.
    SubscriberRestart = 77,
    /// When an entry of a looked-up list is written.
    ListDelay = 78,

    /// Time of a request on its way to the issuer.
    RequestLeg = 80,
    /// Time of an answer on its way back.
    ResponseLeg = 81,
    /// How far a read replica lags behind.
    ReadLag = 82,
    /// Which read replica answers.
    ReadReplica = 83,
    /// Service time at the issuer.
    ServiceTime = 84,
    /// Latency between a client and a verifier.
    Latency = 85,

    /// Times between lawful requests.
    LawfulArrivals = 100,
    /// Which target a lawful request goes to.
    LawfulOrder = 101,
    /// When a lawful client holds the replacement.
    LawfulReplacement = 102,
    /// Which of many credentials a lawful request carries.
    LawfulCredential = 103,
    /// Think time of a closed-loop client.
    Think = 104,
    /// State of a bursty source.
    BurstState = 105,
    /// Where a recorded trace is entered.
    TraceStart = 106,

    /// When a source that has run for ever next sends.
    FirstArrival = 107,
    /// At which place in its order such a source stands.
    FirstPlace = 108,
    /// Spacing of a lawful client beyond its unit exponentials.
    LawfulSpacing = 109,
    /// When a cache that has restarted for ever next does.
    FirstRestart = 110,
    /// Whose turn it is at a load balancer that has dealt out for ever.
    FirstTurn = 111,

    /// When the attacker mints.
    MintTimes = 112,
    /// Whether the key of a bound credential was stolen with it.
    KeyStolen = 113,
    /// Whether the attacker tries to undo a revocation.
    UndoOutcome = 114,
    /// When it tries.
    UndoDelay = 115,
    /// When a lawful client refreshes.
    RefreshTimes = 116,

    /// When faults start and end.
    FaultTimes = 120,
    /// When a part restarts.
    RestartTimes = 121,
    /// Length and content of a warm-up.
    WarmUp = 122,
    /// The replica whose cache a purge reaches that reaches only one.
    PurgedReplica = 123,
    /// Whether the attacker comes from elsewhere by the time a network is blocked.
    AddressChange = 124,
    /// Which requests a block of the network stops.
    NetworkBlock = 125,
    /// How long it takes to replace a copy.
    CopyReplaced = 126,
    /// For how long answers run on over connections that are to be closed.
    ConnectionAnswer = 140,
    /// The URL that is asked for at a cache of responses.
    ResponseUrl = 141,
    /// How long a response is kept.
    ResponseLifetime = 142,
    /// Responses that are kept when a trial starts.
    ResponseStart = 143,
    /// Requests of other credentials that fill a cache of responses.
    OtherRequests = 144,
    /// Questions about other credentials to an issuer of limited capacity.
    OtherQuestions = 145,
    /// Whether the attacker calls from a network that is let in.
    AttackerNetwork = 146,
    /// Whether the attacker's requests pass for lawful ones.
    AttackerImitates = 147,
    /// Whether the attacker finds a copy that lies behind a target, and when.
    CopyBehindTarget = 148,
    /// Whether a lawful client is in the map, and when it turns up if not.
    LawfulMapped = 149,
    /// When the automation begins after the attacker's first call was accepted.
    AttackerValidates = 150,
    /// Length and turns of the past of entries among which requests are dealt out.
    DealtTurns = 151,
    /// Gaps between requests in that past.
    DealtGaps = 152,
    /// Numbers of requests in it.
    DealtCounts = 153,

    /// Gaps between requests of sources that are skipped over where nothing follows from them.
    SkippedGaps = 160,
    /// Which of those sources makes a request, and which replica it reaches.
    SkippedPicks = 161,
    /// How many of their requests are skipped.
    SkippedCounts = 162,
    /// The last requests of a stretch that is skipped.
    SkippedLast = 163,
    /// When skipped requests were made, for whoever wants to see every one.
    SkippedTimes = 164,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_purpose_never_changes() {
        // A record names its seed and expects the same draws again: these numbers are part of the format.
        use Purpose::*;
        let groups: [(u32, &[Purpose]); 6] = [
            (
                1,
                &[
                    CopyFound,
                    AttackerFirstTry,
                    AttackerArrivals,
                    AttackerOrder,
                    AttackerBackOff,
                    AttackerMint,
                    AttackerConnection,
                    CopyMissed,
                    CopyOwner,
                    AttackerSpacing,
                ],
            ),
            (
                20,
                &[
                    Detection,
                    DetectionOutcome,
                    DetectionSignal,
                    FalseAlarm,
                    Triage,
                    Approval,
                    StepDelay,
                    StepOutcome,
                    StepRetry,
                    Ineffective,
                    Refused,
                ],
            ),
            (
                40,
                &[
                    CacheStart,
                    CacheStartAge,
                    CacheLifetime,
                    CacheRefresh,
                    CredentialAge,
                    ClockPhase,
                    ClockSkew,
                    Balance,
                    RecheckPhase,
                    ConnectionAge,
                    StickyReplica,
                    ListeningReplica,
                ],
            ),
            (
                60,
                &[
                    BusOutcome,
                    BusDelay,
                    MessageOutcome,
                    MessageDelay,
                    MessageRetry,
                    PollPhase,
                    PollJitter,
                    PollOutcome,
                    PollLegs,
                    StatusListPhase,
                    StatusListCachePhase,
                    KeyRefetchPhase,
                    RedeployDelay,
                    ManualDelay,
                    ManualOutcome,
                    StreamHealth,
                    Duplicate,
                    SubscriberRestart,
                    ListDelay,
                ],
            ),
            (80, &[RequestLeg, ResponseLeg, ReadLag, ReadReplica, ServiceTime, Latency]),
            (
                100,
                &[
                    LawfulArrivals,
                    LawfulOrder,
                    LawfulReplacement,
                    LawfulCredential,
                    Think,
                    BurstState,
                    TraceStart,
                    FirstArrival,
                    FirstPlace,
                    LawfulSpacing,
                ],
            ),
        ];
        for (first, purposes) in groups {
            for (number, &purpose) in (first..).zip(purposes) {
                assert_eq!(purpose as u32, number, "{purpose:?}");
            }
        }
        assert_eq!(
            [MintTimes, KeyStolen, UndoOutcome, UndoDelay, RefreshTimes].map(|purpose| purpose as u32),
            [112, 113, 114, 115, 116]
        );
        assert_eq!([FaultTimes, RestartTimes, WarmUp].map(|purpose| purpose as u32), [120, 121, 122]);
        assert_eq!([PurgedReplica, AddressChange].map(|purpose| purpose as u32), [123, 124]);
        assert_eq!([NetworkBlock, CopyReplaced].map(|purpose| purpose as u32), [125, 126]);
        let held = [ConnectionAnswer, ResponseUrl, ResponseLifetime, ResponseStart, OtherRequests, OtherQuestions];
        assert_eq!(held.map(|purpose| purpose as u32), [140, 141, 142, 143, 144, 145]);
        let seen = [AttackerNetwork, AttackerImitates, CopyBehindTarget, LawfulMapped, AttackerValidates];
        assert_eq!(seen.map(|purpose| purpose as u32), [146, 147, 148, 149, 150]);
        assert_eq!([DealtTurns, DealtGaps, DealtCounts].map(|purpose| purpose as u32), [151, 152, 153]);
    }
}
