"""Resources that a request names in another way than by the last part of their ARN."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from ringwork.cloud.emulator import services
from ringwork.cloud.emulator.asked import Asked

Named = dict[str, "tuple[str, ...]"]
"""lower-case name of the ARN template's variable -> values, or whole ARNs"""


def _arn(asked: Asked, service: str, resource: str, account: str | None = None) -> str:
    return f"arn:aws:{service}:{asked.region}:{account or asked.account}:{resource}"


def _text(asked: Asked, *names: str) -> str | None:
    """The first of some parameters that is there as text."""
    found = (asked.parameters.get(name) for name in names)
    return next((value for value in found if isinstance(value, str) and value), None)


_SERVICE_ROLES: Mapping[str, str] = {
    "access-analyzer": "AccessAnalyzer",
    "autoscaling": "AutoScaling",
    "config": "Config",
    "ecs": "ECS",
    "eks": "AmazonEKS",
    "elasticloadbalancing": "ElasticLoadBalancing",
    "guardduty": "AmazonGuardDuty",
    "inspector2": "AmazonInspector2",
    "macie": "AmazonMacie",
    "network-firewall": "NetworkFirewall",
    "rds": "RDS",
    "securityhub": "SecurityHub",
}
"""How service-linked roles are named after `AWSServiceRoleFor` (the services' guides, "Using service-linked
roles")."""


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
    for parameter, kind, operation in (
        ("PolicyName", "policynamewithpath", "CreatePolicy"),
        ("VirtualMFADeviceName", "mfatokenidwithpath", "CreateVirtualMFADevice"),
        ("ServerCertificateName", "certificatenamewithpath", "UploadServerCertificate"),
    ):
        name = asked.parameters.get(parameter)
        if isinstance(name, str) and asked.operation.name == operation:
            found[kind] = (f"{asked.parameters.get('Path', '/')}{name}".lstrip("/"),)
    service = _text(asked, "AWSServiceName")
    if service is not None and asked.operation.name == "CreateServiceLinkedRole":
        suffix = _text(asked, "CustomSuffix")
        name = "AWSServiceRoleFor" + _SERVICE_ROLES.get(service.partition(".")[0], "*")
        found["rolenamewithpath"] = (f"aws-service-role/{service}/{name}{f'_{suffix}' if suffix else ''}",)
    url = _text(asked, "Url")
    if url is not None:
        found["oidcprovidername"] = (url.partition("://")[2].rstrip("/"),)
    if "UserName" not in asked.parameters and asked.caller.kind == "user":
        # most operations of a user are about itself when they name nobody
        found["usernamewithpath"] = (asked.caller.arn.partition(":user/")[2],)
    return found


def _sqs(asked: Asked) -> Named:
    owner, name = _text(asked, "QueueOwnerAWSAccountId"), _text(asked, "QueueName")
    if owner is not None and name is not None:
        return {"queuename": (_arn(asked, "sqs", name, owner),)}
    url = _text(asked, "QueueUrl")
    if url is None:
        return {}
    path = urlsplit(url).path.strip("/").split("/")
    account = path[-2] if len(path) > 1 else asked.account
    return {"queue": (_arn(asked, "sqs", path[-1], account),)}


def _sns(asked: Asked) -> Named:
    """A subscription's ARN is its topic's, and an id: what is authorized is the topic."""
    arn = _text(asked, "SubscriptionArn")
    return {"subscriptionarn": (arn.rpartition(":")[0],)} if arn and arn.count(":") == 6 else {}


def _secretsmanager(asked: Asked) -> Named:
    """A secret's ARN ends with six characters that its name does not tell."""
    from moto.secretsmanager.models import secretsmanager_backends  # noqa: PLC0415

    name = _text(asked, "SecretId") or _text(asked, "Name")
    if name is None or name.startswith("arn:"):
        return {}
    backend = secretsmanager_backends[asked.account][asked.region]
    secret = next((one for one in backend.secrets.values() if one.name == name), None)
    return {"secretid": (secret.arn if secret is not None else f"{name}-??????",)}


def _lambda(asked: Asked) -> Named:
    """A function by name, by `name:qualifier`, by `account:function:name`, or by ARN; and a qualifier.

    Lambda API reference, Invoke (FunctionName); developer guide, "Resources and conditions for Lambda
    actions": with a qualifier, the ARN has it.
    """
    found: Named = {}
    version = asked.parameters.get("VersionNumber")
    if version is not None:
        found["layerversion"] = (str(version),)
    name = _text(asked, "FunctionName")
    if name is None:
        return found
    if not name.startswith("arn:"):
        account, _, rest = name.rpartition(":function:")
        name = _arn(asked, "lambda", f"function:{rest}", account.rpartition(":")[2] or None)
    qualifier = _text(asked, "Qualifier")
    if qualifier is not None and name.count(":") == 6:
        name += f":{qualifier}"
    return {**found, "functionname": (name,)}


def _logs(asked: Asked) -> Named:
    """What a log group's own operations are authorized on ends with `:log-stream:` and no name, which is why
    policies need `:*` after a group's name.

    CloudWatch Logs user guide, "Overview of managing access permissions" (ARNs with `:*`); the refusals of
    the service name such ARNs.
    """
    names = asked.parameters.get("logGroupNames") or asked.parameters.get("logGroupIdentifiers") or []
    one = _text(asked, "logGroupName", "logGroupIdentifier")
    stream = _text(asked, "logStreamName") or ""
    found = []
    for name in [one] if one is not None else names:
        group = name if name.startswith("arn:") else _arn(asked, "logs", f"log-group:{name}")
        found.append(f"{group.removesuffix(':*')}:log-stream:{stream}")
    return {"loggroupname": tuple(found)} if found else {}


def _events(asked: Asked) -> Named:
    """Rules of the default bus are named without it, those of others with it."""
    operation = asked.operation.name
    if operation == "PutEvents":
        entries = asked.parameters.get("Entries", ())
        buses = dict.fromkeys(str(entry.get("EventBusName") or "default") for entry in entries)
        arns = (b if b.startswith("arn:") else _arn(asked, "events", f"event-bus/{b}") for b in buses)
        return {"eventbusname": tuple(arns)}
    rule = _text(asked, "Rule") or (_text(asked, "Name") if operation.endswith("Rule") else None)
    if rule is None:
        return {}
    bus = (_text(asked, "EventBusName") or "default").rpartition("/")[2]
    return {
        "rulename": (_arn(asked, "events", f"rule/{rule}" if bus == "default" else f"rule/{bus}/{rule}"),),
        "eventbusname": (),
    }


def _organizations(asked: Asked) -> Named:
    """Ids of accounts, units, roots and policies: their ARNs are of the management account."""
    from moto.organizations.models import organizations_backends  # noqa: PLC0415

    given = {
        name: value
        for name, value in asked.parameters.items()
        if isinstance(value, str) and name.endswith("Id")
    }
    for backends in list(organizations_backends.values()):
        for backend in list(backends.values()):
            if backend.org is None or not any(a.id == asked.account for a in backend.accounts):
                continue
            known = {one.id: str(one.arn) for one in (*backend.accounts, *backend.ou, *backend.policies)}
            return {name.lower(): (known.get(value, value),) for name, value in given.items()}
    return {}


def _ssm(asked: Asked) -> Named:
    """A parameter's ARN has no slash before a name that has one."""
    names = asked.parameters.get("Names") or [_text(asked, "Name", "Path")]
    found = tuple(name.removeprefix("/") for name in names if isinstance(name, str))
    return {"parameternamewithoutleadingslash": found} if found else {}


def _ecr(asked: Asked) -> Named:
    registry, name = _text(asked, "registryId"), _text(asked, "repositoryName")
    if registry is None or name is None:
        return {}
    return {"repositoryname": (_arn(asked, "ecr", f"repository/{name}", registry),)}


_GEOGRAPHIES = ("apac", "au", "ca", "eu", "global", "jp", "us", "us-gov")
"""First part of the id of a system-defined inference profile (Bedrock user guide, "Supported Regions and
models for inference profiles")."""


def _bedrock(asked: Asked) -> Named:
    """A model by ARN, by id, or through an inference profile, which needs the model as well (Bedrock user
    guide, "Prerequisites for inference profiles")."""
    model = _text(asked, "modelId", "modelIdentifier", "baseModelIdentifier")
    if model is None or model.startswith("arn:"):
        return {}
    geography, _, rest = model.partition(".")
    foundation = f"arn:aws:bedrock:{asked.region}::foundation-model/"
    if geography in _GEOGRAPHIES and "." in rest:
        return {"modelid": (_arn(asked, "bedrock", f"inference-profile/{model}"), foundation + rest)}
    return {"modelid": (foundation + model,)}


def _cloudformation(asked: Asked) -> Named:
    """A stack's ARN has an id that a request by name does not say; a new stack has none yet."""
    if asked.stack is not None:
        return {"stackname": (asked.stack,)}
    name = asked.parameters.get("StackName")
    if not isinstance(name, str) or name.startswith("arn:"):
        return {}
    return {"stackname": (f"arn:aws:cloudformation:{asked.region}:{asked.account}:stack/{name}/*",)}


IDENTIFY: Mapping[str, Callable[[Asked], Named]] = {
    "bedrock": _bedrock,
    "bedrock-runtime": _bedrock,
    "cloudformation": _cloudformation,
    "ecr": _ecr,
    "events": _events,
    "iam": _iam,
    "lambda": _lambda,
    "logs": _logs,
    "organizations": _organizations,
    "secretsmanager": _secretsmanager,
    "sns": _sns,
    "sqs": _sqs,
    "ssm": _ssm,
}
