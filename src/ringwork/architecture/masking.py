"""What is personal in a log is masked: the data protection policy of log groups that workloads write to.

CloudWatch Logs, "Help protect sensitive log data with masking": what the identifiers find is audited (the
metric LogEventsWithFindings counts it) and masked for everybody without `logs:Unmask`. Identifiers that need
a country have one each; those below hold everywhere, and the organization's own come from the blueprint.
"""

from __future__ import annotations

from collections.abc import Mapping

from ringwork.architecture.template import Json, sub
from ringwork.blueprint.model import Blueprint

VERSION = "2021-06-01"
MANAGED = (
    *("Address", "AwsSecretKey", "CreditCardNumber", "CreditCardSecurityCode", "EmailAddress"),
    *("IpAddress", "LatLong", "Name", "OpenSshPrivateKey", "PgpPrivateKey", "PkcsPrivateKey"),
    *("PuttyPrivateKey", "VehicleIdentificationNumber"),
)
"""CloudWatch Logs guide, "Types of data that you can protect": no country, and no keyword beside them."""
_MOST_OWN, _LONGEST = 10, 200
"""Custom data identifiers of a policy, and characters of a regular expression (guide, "Custom data
identifiers", constraints)."""


def masking(blueprint: Blueprint) -> Mapping[str, Json]:
    """The policy, as AWS::Logs::LogGroup has it."""
    own = own_identifiers(blueprint)
    wanted = [
        *(sub(f"arn:${{AWS::Partition}}:dataprotection::aws:data-identifier/{name}") for name in MANAGED),
        *own,
    ]
    named = [{"Name": name, "Regex": regex} for name, regex in own.items()]
    return {
        "Name": "ringwork-personal-data",
        "Version": VERSION,
        **({"Configuration": {"CustomDataIdentifier": named}} if named else {}),
        "Statement": [
            {
                "Sid": "Audit",
                "DataIdentifier": wanted,
                "Operation": {"Audit": {"FindingsDestination": {}}},
            },
            {
                "Sid": "Mask",
                "DataIdentifier": list(wanted),
                "Operation": {"Deidentify": {"MaskConfig": {}}},
            },
        ],
    }


def own_identifiers(blueprint: Blueprint) -> dict[str, str]:
    """Name -> pattern, of those in `detection.identifiers` that CloudWatch Logs can hold."""
    fitting = {
        name: identifier.regex
        for name, identifier in blueprint.detection.identifiers.items()
        if len(identifier.regex) <= _LONGEST
    }
    return dict(list(fitting.items())[:_MOST_OWN])
