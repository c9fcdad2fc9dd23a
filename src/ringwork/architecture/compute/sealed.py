"""An enclave's key: it decrypts inside the measured image, and nowhere else.

KMS developer guide, "AWS KMS condition keys for attested platforms" and "Cryptographic attestation support in
AWS KMS": a request with an attestation document carries the document's measurements as condition keys, and
the answer is encrypted to the enclave; a request without one carries none. An Allow under these keys is no
gate by itself: another statement, an IAM policy through the account's delegation or a grant may allow the
same. So each measurement is a Deny as well, for everybody: negated operators hold where a key is absent (IAM,
"Condition operators").

Who may still change this policy: the deploy role, break-glass and the root user. None of them decrypts before
having changed it, and that is recorded.
"""

from __future__ import annotations

from ringwork.architecture import keys, names
from ringwork.architecture.keys import ROOT
from ringwork.architecture.names import Duty, logical
from ringwork.architecture.policy import Statement, allow, deny, document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub
from ringwork.blueprint.model import DataClass, Measurements

UNSEAL = ("kms:Decrypt", "kms:GenerateDataKey")
"""What an enclave asks a symmetric key for."""
ATTESTED = (
    "kms:Decrypt",
    "kms:DeriveSharedSecret",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
)
"""The operations on a key that take an attestation document (KMS API Reference, RecipientInfo)."""
AROUND = (
    "kms:CreateGrant",
    "kms:ImportKeyMaterial",
    "kms:ReEncrypt*",
    "kms:ReplicateKey",
    "kms:UpdatePrimaryRegion",
)
"""Ways to the plaintext that ask for no document: a grant is no policy, ReEncrypt moves a ciphertext to
another key, a replica has a policy of its own."""
PREFIX = "kms:RecipientAttestation:"


def measured(measurements: Measurements) -> dict[str, str]:
    """Condition key -> what it must be."""
    values = {
        "ImageSha384": measurements.pcr0,
        "PCR1": measurements.pcr1,
        "PCR2": measurements.pcr2,
        "PCR3": measurements.pcr3,
        "PCR8": measurements.pcr8,
    }
    return {f"{PREFIX}{name}": value for name, value in values.items() if value is not None}


def key_policy(site: Site, name: str, measurements: Measurements | None) -> dict[str, Json]:
    """The whole policy of a workload's sealed key. Without measurements nobody decrypts."""
    statements = [*keys.administration(), _seal(site)]
    if measurements is None:
        statements.append(deny("NothingIsMeasuredYet", ATTESTED, principal="*"))
    else:
        statements.append(_unseal(site, name, measurements))
        own = {"ArnNotEquals": {"aws:PrincipalArn": sub(names.role_arn(site.role(name)))}}
        statements.append(deny("OnlyThisRole", ATTESTED, principal="*", conditions=own))
        statements += [
            deny(
                f"OnlyThis{key.removeprefix(PREFIX)}",
                ATTESTED,
                principal="*",
                conditions={"StringNotEqualsIgnoreCase": {key: value}},
            )
            for key, value in measured(measurements).items()
        ]
    statements.append(deny("NoWayAround", AROUND, principal="*"))
    return document(statements)


def _unseal(site: Site, name: str, measurements: Measurements) -> Statement:
    return allow(
        "UnsealInEnclave",
        UNSEAL,
        principal=ROOT,
        conditions={
            "ArnEquals": {"aws:PrincipalArn": sub(names.role_arn(site.role(name)))},
            "StringEquals": {"kms:CallerAccount": sub("${AWS::AccountId}")},
            "StringEqualsIgnoreCase": measured(measurements),
        },
    )


def _seal(site: Site) -> Statement:
    """Operators put approved models under the key: to encrypt gives nobody anything to read."""
    operator = names.person_role(site.organization, site.environment.name, Duty.OPERATOR)
    return allow(
        "SealByOperators",
        ("kms:DescribeKey", "kms:Encrypt"),
        principal=ROOT,
        conditions={
            "ArnEquals": {"aws:PrincipalArn": sub(names.role_arn(operator))},
            "StringEquals": {"kms:CallerAccount": sub("${AWS::AccountId}")},
        },
    )


def add_sealed_key(template: TemplateBuilder, site: Site, name: str, data_class: DataClass) -> str:
    """The key's logical id."""
    declared = site.workloads[name].enclave
    key = template.add(
        logical(name, "SealedKey"),
        "AWS::KMS::Key",
        {
            "Description": f"Sealed for enclave {site.organization}/{site.environment.name}/{name}",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": key_policy(site, name, declared.measurements if declared else None),
        },
        Purpose(
            "CMP-32, CMP-33, CMP-34, CMP-35, DAT-16, DAT-17, DAT-21",
            f"Decrypts inside {name}'s measured image only; no grant, role or administrator gets round that",
        ),
        tags={
            "ringwork:data-class": data_class.value,
            "ringwork:purpose": "sealed",
            "ringwork:workload": name,
        },
        retain=True,
    )
    template.add(
        f"{key}Alias",
        "AWS::KMS::Alias",
        {
            "AliasName": names.key_alias(site.organization, site.environment.name, f"{name}-sealed"),
            "TargetKeyId": ref(key),
        },
        Purpose("CMP-32", "A name that says whose key it is and for what"),
    )
    template.output(
        f"{key}Arn", f"ARN of the key that only {name}'s enclave decrypts with", get_att(key, "Arn")
    )
    return key
