"""Gateway endpoints, interface endpoints, PrivateLink. Expected answers: the conformance suite's `vpce` and
`pls` cases by their ids."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ringwork.network.model import (
    EndpointService,
    GatewayEndpoint,
    InterfaceEndpoint,
    Listener,
    LoadBalancer,
    Model,
    TargetGroup,
    TargetOf,
)
from ringwork.network.packets import TCP
from ringwork.network.reach.prover import Prover
from ringwork.network.walk import verdict
from ringwork.network.walk.endpoints import service_name

from .networks import (
    Outcome,
    Start,
    acl,
    exchange,
    group,
    interface,
    model,
    opened,
    packet,
    refused,
    subnet,
    table,
    two_subnets,
    vpc,
    walk,
)

FROM_A = Start(interface="a")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("com.amazonaws.eu-central-1.s3", "s3"),
        ("com.amazonaws.us-east-1.sagemaker.api", "sagemaker.api"),
        ("aws.sagemaker.us-east-1.notebook", "sagemaker.notebook"),
        ("cn.com.amazonaws.cn-north-1.ecr.dkr", "ecr.dkr"),
        ("com.amazonaws.us-gov-west-1.kms", "kms"),
    ],
)
def test_services_are_named_without_their_region(name: str, expected: str) -> None:
    assert service_name(name) == expected


class TestGatewayEndpoints:
    TO_S3 = packet("10.0.1.10", "54.123.170.1")

    def net(self, *parts: object, a: str = "open") -> Model:
        endpoint = GatewayEndpoint("e", "v", "com.amazonaws.us-east-1.s3", "s3")
        return two_subnets(endpoint, table("r-v", "v", "54.123.160.0/19 vpce-gateway:e list"), *parts, a=a)

    def test_there_and_back(self) -> None:
        found = exchange(self.net(), self.TO_S3, FROM_A)
        assert [w.arrived for w in (*found.forward, *found.back)] == ["aws:s3", "a"]

    def test_the_answer_meets_the_network_acl(self) -> None:
        rules = "100 allow all 10.0.0.0/8"
        net = self.net(
            subnet("s1", "10.0.1.0/24", acl="n1"), acl("n1", "v", rules, "100 allow all 0.0.0.0/0")
        )
        found = exchange(net, self.TO_S3, FROM_A)
        assert found.forward[0].arrived == "aws:s3"
        assert refused(found.back)[:2] == ("n1", "network ACL ingress")

    def test_egress_limited_to_the_vpc_cuts_it_006(self) -> None:
        net = self.net(group("g", out="tcp 443 to 10.0.0.0/16"), a="g")
        assert refused(walk(net, self.TO_S3, FROM_A))[:2] == ("g", "security-group egress")


class TestInterfaceEndpoints:
    def net(self, provider: str | None = None, *parts: object) -> Model:
        return two_subnets(
            group("ep", inside="tcp 443 from 10.0.1.0/24"),
            interface("e", "s2", "10.0.2.50", groups="ep", kind="endpoint"),
            InterfaceEndpoint("ie", "v", "com.amazonaws.us-east-1.sagemaker.runtime", ("e",), True, provider),
            *parts,
        )

    def test_there_and_back(self) -> None:
        found = exchange(self.net(), packet("10.0.1.10", "10.0.2.50"), FROM_A)
        assert [w.arrived for w in (*found.forward, *found.back)] == ["aws:sagemaker.runtime", "a"]

    def test_its_group_is_enforced_007(self) -> None:
        found = walk(self.net(), packet("10.0.1.10", "10.0.2.50", 22), FROM_A)
        assert refused(found)[:2] == ("ep", "security-group ingress")

    def test_it_never_starts_a_connection_008(self) -> None:
        found = walk(self.net(), packet("10.0.2.50", "10.0.2.10"), Start(interface="e"))
        assert refused(found)[0] == "e"

    def test_a_provider_that_is_not_there_is_unknown(self) -> None:
        found = walk(self.net("gone"), packet("10.0.1.10", "10.0.2.50"), FROM_A)
        assert [w.outcome for w in found] == [Outcome.UNKNOWN]


class TestPrivateLink:
    """Consumer Q 10.1.0.0/16 with client c 10.1.1.10; provider P with a load balancer that has groups."""

    def net(self, inbound: str, *, enforce: bool = True, target: str = "all from 10.9.1.0/24") -> Model:
        return model(
            vpc("Q", "10.1.0.0/16"),
            vpc("P", "10.9.0.0/16"),
            subnet("sq", "10.1.1.0/24", "Q"),
            subnet("sp", "10.9.1.0/24", "P"),
            opened("oq", "Q"),
            interface("c", "sq", "10.1.1.10", groups="oq"),
            interface("e", "sq", "10.1.1.50", groups="oq", kind="endpoint"),
            InterfaceEndpoint("ie", "Q", "com.amazonaws.vpce.us-east-1.vpce-svc-1", ("e",), False, "svc"),
            EndpointService("svc", ("L",)),
            group("lg", "P", inbound, "all to 0.0.0.0/0"),
            interface("L#sp", "sp", "10.9.1.200", groups="lg", kind="load-balancer"),
            LoadBalancer(
                "L", "network", False, ("L#sp",), (Listener("l", "TCP", 443, ("tg",)),), False, enforce
            ),
            TargetGroup("tg", "instance", "TCP", 8443, (TargetOf("t", None, None),), True),
            group("gt", "P", target),
            interface("t", "sp", "10.9.1.10", groups="gt"),
        )

    ASKED = packet("10.1.1.10", "10.1.1.50")

    def test_the_target_sees_the_load_balancer_001(self) -> None:
        found = exchange(self.net("tcp 443 from 10.1.0.0/16"), self.ASKED, Start(interface="c"))
        assert [w.arrived for w in found.forward] == ["t"]
        assert str(found.forward[0].packet.source) == "10.9.1.200"
        assert [(w.outcome, w.arrived) for w in found.back] == [(Outcome.DELIVERED, "c")]
        assert found.back[0].packet == self.ASKED.reply()

    def test_inbound_rules_see_the_client_002(self) -> None:
        found = walk(self.net("tcp 443 from 10.9.0.0/16"), self.ASKED, Start(interface="c"))
        assert refused(found)[:2] == ("lg", "security-group ingress")

    def test_unless_they_are_not_enforced_003(self) -> None:
        found = walk(self.net("tcp 443 from 10.9.0.0/16", enforce=False), self.ASKED, Start(interface="c"))
        assert [w.arrived for w in found] == ["t"]

    def test_one_way_only_004(self) -> None:
        found = walk(self.net("all from 0.0.0.0/0"), packet("10.9.1.10", "10.1.1.10"), Start(interface="t"))
        assert {w.outcome for w in found} == {Outcome.DROPPED}
        found = walk(self.net("all from 0.0.0.0/0"), packet("10.1.1.50", "10.1.1.10"), Start(interface="e"))
        assert refused(found)[0] == "e"

    @pytest.mark.parametrize(
        ("rules", "outcome"),
        [
            ("100 allow tcp 443 10.1.0.0/16", Outcome.DELIVERED),
            ("100 allow tcp 443 10.9.0.0/16", Outcome.UNKNOWN),  # no page says whether it is asked at all
            ("90 deny tcp 443 10.1.1.0/24; 100 allow all 0.0.0.0/0", Outcome.UNKNOWN),
        ],
    )
    @pytest.mark.parametrize("certain", [True, False])
    def test_what_the_providers_acl_may_refuse_is_not_sure(
        self, rules: str, outcome: Outcome, certain: bool
    ) -> None:
        """The walker and the prover say the same, also of an ACL that is not wholly known."""
        net = self.net("tcp 443 from 10.1.0.0/16")
        known = acl("np", "P", f"{rules}", "100 allow all 0.0.0.0/0")
        provider = replace(net.subnets["sp"], acl="np")
        net = replace(
            net,
            subnets={**net.subnets, "sp": provider},
            acls={"np": known if certain else replace(known, unknown="a parameter")},
        )
        expected = outcome if certain else Outcome.UNKNOWN
        assert verdict(walk(net, self.ASKED, Start(interface="c"))) is expected
        prover = Prover(net)
        one, other = (prover.faces.of_interface[key] for key in ("c", "t"))
        asked = prover.traffic.of(TCP, 443, 443)
        admits = prover.between(one, other)
        assert (admits.may & asked).any()
        assert (admits.must & asked).any() == (expected is Outcome.DELIVERED)

    def test_the_target_may_name_the_load_balancers_group(self) -> None:
        net = self.net("tcp 443 from 10.1.0.0/16", target="all from sg:lg")
        assert [w.arrived for w in walk(net, self.ASKED, Start(interface="c"))] == ["t"]
