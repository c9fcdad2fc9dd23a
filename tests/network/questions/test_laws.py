"""Laws of the questions, on random networks."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.network.reach.networks import network as random_model

from ringwork.estate import Estate
from ringwork.findings import Status
from ringwork.network.questions import Flowing, Network, parse, reach, resolve
from ringwork.network.questions.table import possibly_public
from ringwork.network.walk import Outcome, exchange

MANY = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[phase for phase in Phase if phase is not Phase.shrink],  # random draws shrink to nothing simpler
)


@MANY
@given(st.randoms(use_true_random=False), st.booleans())
def test_the_table_of_all_pairs_is_what_the_prover_says_of_each(chance: random.Random, doubts: bool) -> None:
    network = Network(Estate(()), model=random_model(chance, doubts=doubts))
    prover, rows = network.prover, Flowing(network).table
    told = {
        (int(one), int(other)): bits
        for one, other, bits in zip(rows.sources, rows.destinations, rows.bits, strict=True)
    }
    assert len(told) == len(rows.sources)  # each pair once
    faces, unknown = prover.faces.faces, set(possibly_public(prover))
    for one, sender in enumerate(faces):
        for other, receiver in enumerate(faces):
            wanted = prover.filters.nothing.may
            for flow in prover.flows(sender, receiver):
                wanted = wanted | flow.admits.may
            found = told.get((one, other), prover.filters.nothing.may)
            assert not (wanted & ~found).any()
            if other not in unknown:
                assert not (found & ~wanted).any()


@MANY
@given(st.randoms(use_true_random=False), st.booleans())
def test_every_witness_is_a_walk_and_prover_and_walker_never_disagree(
    chance: random.Random, doubts: bool
) -> None:
    network = Network(Estate(()), model=random_model(chance, doubts=doubts))
    flowing = Flowing(network)
    for source, destination in (("any", "any"), ("internet", "any"), ("any", "internet")):
        one, other = (resolve(network, parse(text), strict=False) for text in (source, destination))
        found = reach(flowing, one, other, most=1000)
        assert not [each for each in found.unsettled if "the prover finds a way" in each.reason]
        for witness in found.witnesses:
            again = exchange(network.model, witness.packet, witness.start, dict(witness.assumed))
            assert witness.forward in again.forward
            # to a load balancer or an endpoint it has come where it is let in
            door = witness.destination in network.prover.doors.faces
            assert door or witness.forward.outcome is Outcome.DELIVERED
        if not doubts and source == destination and not network.model.load_balancers:
            assert found.status is not Status.UNKNOWN
