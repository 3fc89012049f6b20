"""The workload cache-replay by SimPy, as its documentation would have one write it: a process for each source."""

import random
import time

import simpy

VERIFIERS, TTL, REVOKED_AT, END = 20, 30.0, 60.0, 150.0
TRIALS = 3


def play(trial):
    env = simpy.Environment()
    chance = random.Random(trial)
    found = {"events": 0, "accepted": 0, "revoked": False}

    def revocation():
        yield env.timeout(REVOKED_AT)
        found["events"] += 1
        found["revoked"] = True

    def source(rate, attacks):
        fresh_until = [0.0] * VERIFIERS
        verifier = 0
        while True:
            found["events"] += 1
            active = not (attacks and found["revoked"])
            if env.now < fresh_until[verifier]:
                found["accepted"] += not active
            elif active:
                fresh_until[verifier] = env.now + TTL
            verifier = (verifier + 1) % VERIFIERS
            yield env.timeout(chance.expovariate(rate))

    env.process(revocation())
    env.process(source(50.0, True))
    env.process(source(200.0, False))
    env.run(until=END)
    return found


start = time.perf_counter()
played = [play(trial) for trial in range(TRIALS)]
nanos = (time.perf_counter() - start) * 1e9
events = sum(found["events"] for found in played)
accepted = sum(found["accepted"] for found in played) / TRIALS
print(f"{'simpy':<12}{nanos / events:>14.1f}{1e9 * TRIALS / nanos:>18.1f}{accepted:>20.2f}")
