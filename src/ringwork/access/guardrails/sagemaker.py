"""Guard rails around what SageMaker runs: where, isolated, encrypted.

Sources: IAM user guide, "Set operators for multivalued context keys", "Condition operators" (Null, IfExists);
SageMaker developer guide, "Control creation of SageMaker AI resources with condition keys"; Service
Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker".
"""

from __future__ import annotations

from collections.abc import Sequence

from ringwork.access.guardrails.model import (
    PRINCIPALS,
    GuardRail,
    both,
    breach,
    deny,
    everybody_but,
    offering,
)
from ringwork.access.guardrails.running import (
    LOCAL_STORAGE,
    MAY_LEAVE_OUT,
    NO_KEY_FOR_ISOLATION,
    OUTSIDE_VPC,
    STANDS_ON,
)

SUBNETS = "sagemaker:VpcSubnets"
ISOLATION = "sagemaker:NetworkIsolation"
TRAFFIC = "sagemaker:InterContainerTrafficEncryption"
VOLUME, OUTPUT = "sagemaker:VolumeKmsKeyArn", "sagemaker:OutputKmsKeyArn"
_NETWORK_OF_APPS, _INTERNET = "sagemaker:AppNetworkAccessType", "sagemaker:DirectInternetAccess"


def in_vpc(subnets: Sequence[str], *, strict: bool = True, but: Sequence[str] = ()) -> GuardRail:
    """No job, model, notebook, domain, cluster or monitoring outside these subnets.

    `strict`: each of the actions that take subnets names some; else those of `MAY_LEAVE_OUT` may name none.
    `but`: roles (ARN patterns) that are exempt.

    Two Denies are needed for the key: with `Null` for a request that names no subnet, with
    `ForAnyValue:StringNotEquals` for one that names a foreign one, alone or beside others. On an absent key
    `ForAnyValue` is false and `ForAllValues` true, so that neither of them does both. The second is about
    every action of SageMaker: where the key is absent it refuses nothing, and a new action is bound at once.
    """
    taking = offering(SUBNETS)
    naming = tuple(action for action in taking if strict or action not in MAY_LEAVE_OUT)
    everybody = everybody_but(but)
    own = list(subnets)
    foreign = {"ForAnyValue:StringNotEquals": {SUBNETS: own}}
    none = {"Null": {SUBNETS: "true"}}
    return GuardRail(
        "sagemaker-in-vpc",
        "SageMaker runs no job, model, notebook, domain, cluster or monitoring outside the given subnets",
        "scp",
        PRINCIPALS,
        (
            deny("SageMakerNamesSubnets", naming, both(everybody, none)),
            deny("SageMakerOwnSubnets", ("sagemaker:*",), both(everybody, foreign)),
            deny("SageMakerOutsideVpc", OUTSIDE_VPC, everybody),
            deny(
                "NotebooksWithoutInternet",
                offering(_INTERNET),
                both(everybody, {"StringNotEqualsIfExists": {_INTERNET: "Disabled"}}),
            ),
            deny(
                "DomainsInVpcOnly",
                ("sagemaker:CreateDomain",),
                both(everybody, {"StringNotEqualsIfExists": {_NETWORK_OF_APPS: "VpcOnly"}}),
            ),
            deny(
                "DomainsStayInVpcOnly",
                ("sagemaker:UpdateDomain",),
                both(everybody, {"StringEquals": {_NETWORK_OF_APPS: "PublicInternetOnly"}}),
            ),
        ),
        (
            breach("a request that takes subnets names none", *naming, condition=none),
            breach("a request names a subnet that is not ours", "sagemaker:*", condition=foreign),
            breach("something runs that takes no subnets", *OUTSIDE_VPC),
            breach(
                "a notebook has SageMaker's own way to the internet",
                *offering(_INTERNET),
                condition={"StringNotEqualsIfExists": {_INTERNET: "Disabled"}},
            ),
            breach(
                "a new domain's applications have SageMaker's own way to the internet",
                "sagemaker:CreateDomain",
                condition={"StringNotEqualsIfExists": {_NETWORK_OF_APPS: "VpcOnly"}},
            ),
            breach(
                "a domain is opened to SageMaker's own way to the internet",
                "sagemaker:UpdateDomain",
                condition={"StringEquals": {_NETWORK_OF_APPS: "PublicInternetOnly"}},
            ),
        ),
        tuple(
            breach(
                f"`{action}` in our subnets", action, condition={"ForAllValues:StringEquals": {SUBNETS: own}}
            )
            for action in taking
        ),
        tuple(f"`{action}` takes no subnets and runs in {place}" for action, place in STANDS_ON.items())
        + (() if strict else tuple(f"`{action}`: {why}" for action, why in MAY_LEAVE_OUT.items())),
    )


def isolated(*, but: Sequence[str] = (), without: Sequence[str] = ()) -> GuardRail:
    """No container that calls out. `without`: actions that are let off, for jobs that must call something.

    Absent is off for SageMaker (API reference, CreateTrainingJob, EnableNetworkIsolation): `BoolIfExists`
    refuses both.
    """
    taking = tuple(action for action in offering(ISOLATION) if action not in without)
    off = {"BoolIfExists": {ISOLATION: "false"}}
    return GuardRail(
        "sagemaker-isolated",
        "SageMaker runs no container that can open a connection",
        "scp",
        PRINCIPALS,
        (deny("SageMakerIsolated", taking, both(everybody_but(but), off)),),
        (breach("isolation is off, or left out", *taking, condition=off),),
        tuple(
            breach(f"`{action}` isolated", action, condition={"Bool": {ISOLATION: "true"}})
            for action in taking
        ),
        tuple(f"`{action}`: {why}" for action, why in NO_KEY_FOR_ISOLATION.items())
        + tuple(f"`{action}` is let off" for action in without),
    )


def encrypted_between(*, but: Sequence[str] = (), without: Sequence[str] = ()) -> GuardRail:
    """Traffic between the containers of a job is encrypted. `without`: actions that are let off."""
    taking = tuple(action for action in offering(TRAFFIC) if action not in without)
    clear = {"BoolIfExists": {TRAFFIC: "false"}}
    return GuardRail(
        "sagemaker-encrypted-between",
        "the containers of a SageMaker job never speak to each other in clear",
        "scp",
        PRINCIPALS,
        (deny("SageMakerTrafficEncrypted", taking, both(everybody_but(but), clear)),),
        (breach("encryption between containers is off, or left out", *taking, condition=clear),),
        tuple(
            breach(f"`{action}` encrypted", action, condition={"Bool": {TRAFFIC: "true"}})
            for action in taking
        ),
        (
            "models, endpoints and clusters have no such key: what runs on one instance has no such traffic",
            *(f"`{action}` is let off" for action in without),
        ),
    )


def encrypted(keys: Sequence[str], *, but: Sequence[str] = (), without: Sequence[str] = ()) -> GuardRail:
    """Volumes and outputs are under one of these KMS keys (ARN patterns), named by ARN.

    The condition is negated, so that it holds for a request that names no key as for one that names another.
    Not `sagemaker:VolumeKmsKey` and `sagemaker:OutputKmsKey`: no action takes these names any more, and a
    negated condition on them refuses every request. Instances with storage of their own take no key for
    volumes: if a request names nothing but such types, the volume's key is not asked for.
    `without`: actions that are let off.
    """
    volumes = tuple(action for action in offering(VOLUME) if action not in without)
    outputs = tuple(action for action in offering(OUTPUT) if action not in without)
    everybody = everybody_but(but)
    types = "sagemaker:InstanceTypes"
    taking_types = offering(types)
    always = tuple(action for action in volumes if action not in taking_types)
    unless_local = tuple(action for action in volumes if action in taking_types)
    other_volume = {"ArnNotLike": {VOLUME: list(keys)}}
    other_output = {"ArnNotLike": {OUTPUT: list(keys)}}
    # ForAnyValue: one type among others that has no storage of its own; Null: no type is named
    some_plain = {"ForAnyValue:StringNotLike": {types: list(LOCAL_STORAGE)}}
    untyped = {"Null": {types: "true"}}
    named_other = {"Null": {VOLUME: "false"}}
    return GuardRail(
        "sagemaker-encrypted",
        "what SageMaker stores and puts out is under one of the given keys",
        "scp",
        PRINCIPALS,
        (
            deny("SageMakerVolumeKey", always, both(everybody, other_volume)),
            deny("SageMakerVolumeKeyOfTypes", unless_local, both(everybody, other_volume, some_plain)),
            deny("SageMakerVolumeKeyOfNoType", unless_local, both(everybody, other_volume, untyped)),
            deny("SageMakerVolumeKeyIfNamed", unless_local, both(everybody, other_volume, named_other)),
            deny("SageMakerOutputKey", outputs, both(everybody, other_output)),
        ),
        (
            breach("a volume is under no key of ours", *always, condition=other_volume),
            breach(
                "a volume of a type without storage of its own is under no key of ours",
                *unless_local,
                condition=both(other_volume, some_plain),
            ),
            breach(
                "a volume is under no key of ours, and no type is named",
                *unless_local,
                condition=both(other_volume, untyped),
            ),
            breach(
                "a volume is under another's key",
                *volumes,
                condition=both(other_volume, named_other),
            ),
            breach("an output is under no key of ours", *outputs, condition=other_output),
        ),
        tuple(
            breach(
                f"`{action}` with our keys",
                action,
                condition={
                    "ArnLike": {
                        **({VOLUME: list(keys)} if action in volumes else {}),
                        **({OUTPUT: list(keys)} if action in outputs else {}),
                    }
                },
            )
            for action in sorted({*volumes, *outputs})
        ),
        (
            f"types with storage of their own ({', '.join(LOCAL_STORAGE)}) take no key for volumes",
            "a key may be named by its id or alias in the API; the policy sees its ARN",
            "models and endpoints read artifacts under the keys that these have",
            *(f"`{action}` is let off" for action in without),
        ),
    )
