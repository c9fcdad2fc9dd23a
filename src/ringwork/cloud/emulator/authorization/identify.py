"""Resources that a request names in another way than by the last part of their ARN."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from ringwork.cloud.emulator import services
from ringwork.cloud.emulator.asked import Asked

Named = dict[str, "tuple[str, ...]"]
"""lower-case name of the ARN template's variable -> values, or whole ARNs"""


def _iam(asked: Asked) -> Named:
    """IAM names roles, users, groups and profiles without their paths; their ARNs have them."""
    backend = services.iam(asked.account)
    found: Named = {}
    for parameter, kind, known in (
        ("RoleName", "rolenamewithpath", backend.roles.values()),
        ("UserName", "usernamewithpath", backend.users.values()),
        ("GroupName", "groupnamewithpath", backend.groups.values()),
        ("InstanceProfileName", "instanceprofilenamewithpath", backend.instance_profiles.values()),
    ):
        name = asked.parameters.get(parameter)
        if not isinstance(name, str):
            continue
        path = next((one.path for one in known if one.name == name), asked.parameters.get("Path", "/"))
        found[kind] = (f"{path or '/'}{name}".lstrip("/"),)
    policy = asked.parameters.get("PolicyName")
    if isinstance(policy, str) and asked.operation.name == "CreatePolicy":
        found["policynamewithpath"] = (f"{asked.parameters.get('Path', '/')}{policy}".lstrip("/"),)
    if "UserName" not in asked.parameters and asked.caller.kind == "user":
        # most operations of a user are about itself when they name nobody
        found["usernamewithpath"] = (asked.caller.arn.partition(":user/")[2],)
    return found


def _sqs(asked: Asked) -> Named:
    url = asked.parameters.get("QueueUrl")
    if not isinstance(url, str):
        return {}
    path = urlsplit(url).path.strip("/").split("/")
    account = path[-2] if len(path) > 1 else asked.account
    return {"queue": (f"arn:aws:sqs:{asked.region}:{account}:{path[-1]}",)}


def _secretsmanager(asked: Asked) -> Named:
    from moto.secretsmanager.models import secretsmanager_backends  # noqa: PLC0415

    name = asked.parameters.get("SecretId")
    if not isinstance(name, str) or name.startswith("arn:"):
        return {}
    backend = secretsmanager_backends[asked.account][asked.region]
    secret = next((one for one in backend.secrets.values() if one.name == name), None)
    return {"secretid": (secret.arn if secret is not None else f"{name}-*",)}


def _cloudformation(asked: Asked) -> Named:
    """A stack's ARN has an id that a request by name does not say; a new stack has none yet."""
    if asked.stack is not None:
        return {"stackname": (asked.stack,)}
    name = asked.parameters.get("StackName")
    if not isinstance(name, str) or name.startswith("arn:"):
        return {}
    return {"stackname": (f"arn:aws:cloudformation:{asked.region}:{asked.account}:stack/{name}/*",)}


IDENTIFY: Mapping[str, Callable[[Asked], Named]] = {
    "cloudformation": _cloudformation,
    "iam": _iam,
    "secretsmanager": _secretsmanager,
    "sqs": _sqs,
}
