"""What resources are called: ARN and physical id, known or a stand-in, one and the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringwork.access.reading import stand_ins
from ringwork.estate import Estate, Reference, Resource, Text, Unknown, arns
from ringwork.estate.organization import Fact


@dataclass(frozen=True, slots=True)
class Hole:
    """A text that is not known."""

    reason: str


@dataclass(frozen=True, slots=True)
class Partial:
    """A text of which some parts are not known."""

    parts: tuple[str | Hole, ...]


_FORMATS: Mapping[str, tuple[str, str]] = {
    "AWS::Backup::BackupVault": ("BackupVaultName", "backup-vault:{name}"),
    "AWS::Backup::LogicallyAirGappedBackupVault": ("BackupVaultName", "backup-vault:{name}"),
    "AWS::CodeArtifact::Domain": ("DomainName", "domain/{name}"),
    "AWS::DynamoDB::GlobalTable": ("TableName", "table/{name}"),
    "AWS::EFS::FileSystem": ("", "file-system/{name}"),
    "AWS::Events::EventBus": ("Name", "event-bus/{name}"),
    "AWS::Glue::Database": ("DatabaseInput/Name", "database/{name}"),
    "AWS::KMS::ReplicaKey": ("", "key/{name}"),
    "AWS::Kinesis::Stream": ("Name", "stream/{name}"),
    "AWS::Lambda::LayerVersion": ("LayerName", "layer:{name}:1"),
    "AWS::Logs::Destination": ("DestinationName", "destination:{name}"),
    "AWS::OpenSearchService::Domain": ("DomainName", "domain/{name}"),
    "AWS::Elasticsearch::Domain": ("DomainName", "domain/{name}"),
    "AWS::S3::AccessPoint": ("Name", "accesspoint/{name}"),
    "AWS::SSM::Parameter": ("Name", "parameter/{name}"),
    "AWS::SecretsManager::Secret": ("Name", "secret:{name}"),
}
"""type -> (property that holds the name, the ARN's last part), where `estate.arns` has no format; from the
service authorization reference, "Resource types defined by ..." """

PREFIX: Mapping[str, str] = {
    "AutoScaling": "autoscaling",
    "RedshiftServerless": "redshift-serverless",
    "S3ObjectLambda": "s3-object-lambda",
    "VpcLattice": "vpc-lattice",
    "BedrockAgentCore": "bedrock-agentcore",
    "CertificateManager": "acm",
    "EFS": "elasticfilesystem",
    "Elasticsearch": "es",
    "ElasticLoadBalancingV2": "elasticloadbalancing",
    "Logs": "logs",
    "NetworkFirewall": "network-firewall",
    "OpenSearchService": "es",
    "StepFunctions": "states",
    "WAFv2": "wafv2",
    "Macie": "macie2",
}
"""service in a type's name -> in an ARN, where it is not the same in lower case"""


class Names:
    """The names in one estate. Nothing here raises."""

    def __init__(self, estate: Estate, organization: str | None = None) -> None:
        self.estate = estate
        self.organization = organization
        self.stand_ins: dict[str, str] = {}
        """stand-in -> what it belongs to"""
        self._arns: dict[str, str | None] = {}
        self._physical: dict[str, str] = {}
        self._busy: set[str] = set()

    # --- resources

    def physical(self, resource: Resource) -> str:
        """What Ref returns."""
        found = self._physical.get(resource.key)
        if found is None:
            found = self._physical[resource.key] = self._find_physical(resource)
        return found

    def arn(self, resource: Resource) -> str | None:
        """None: its type has no ARN."""
        if resource.key not in self._arns:
            self._arns[resource.key] = self._find_arn(resource)
        return self._arns[resource.key]

    def is_stand_in(self, resource: Resource) -> bool:
        """Whether its ARN, or else its id, is one."""
        text = self.arn(resource) or self.physical(resource)
        return text in self.stand_ins

    def _find_physical(self, resource: Resource) -> str:
        if resource.physical is not None:
            return resource.physical
        naming = arns.naming(resource.type)
        found: tuple[str, bool]
        if naming.arn == "{Ref}" and naming.physical is None:
            found = self._made_up(resource)
        elif naming.physical is not None:
            found = self._rendered(resource, naming.physical, None)
        elif resource.type in _FORMATS:
            found = self._named(resource, _FORMATS[resource.type][0])
        elif resource.type == "AWS::IAM::ServiceLinkedRole":
            found = f"AWSServiceRoleFor{stand_ins.suffix(resource.key)}", False
        else:
            found = stand_ins.identifier(resource), False
        return self._kept(resource, *found)

    def _find_arn(self, resource: Resource) -> str | None:
        if resource.arn is not None:
            return resource.arn
        naming = arns.naming(resource.type)
        if naming.arn == "{Ref}":
            return self.physical(resource)
        if naming.arn is not None:
            physical = self.physical(resource)
            found, known = self._rendered(resource, naming.arn, physical)
            return self._kept(resource, found, known and physical not in self.stand_ins)
        if resource.type in _FORMATS:
            return self._kept(resource, *self._made_up(resource))
        if resource.type == "AWS::IAM::ServiceLinkedRole":
            service, known = self._filled(resource, resource.properties.get("AWSServiceName") or "service")
            last = f"role/aws-service-role/{service}/{self.physical(resource)}"
            found = f"arn:{self._partition(resource)}:iam::{resource.account or ''}:{last}"
            return self._kept(resource, found, known and resource.physical is not None)
        return None

    def _kept(self, resource: Resource, text: str, known: bool) -> str:
        if not known:
            self.stand_ins[text] = resource.key
        return text

    def _partition(self, resource: Resource) -> str:
        return arns.partition(resource.region or "us-east-1")

    def _made_up(self, resource: Resource) -> tuple[str, bool]:
        """An ARN of the service's usual form, and whether it is known."""
        service = resource.type.split("::")[1] if resource.type.count("::") > 1 else "unknown"
        prefix = PREFIX.get(service, service.lower())
        where, form = _FORMATS.get(resource.type, ("", ""))
        name, known = self._named(resource, where)
        if resource.type == "AWS::SecretsManager::Secret":
            # Secrets Manager user guide, "What's in a Secrets Manager secret?": the ARN ends with six
            # characters that nobody can know before
            name, known = f"{name}-{stand_ins.digest(resource.key)[:6]}", False
        kind = resource.type.rpartition("::")[2].lower()
        last = form.format(name=name.lstrip("/")) if form else f"{kind}/{name}"
        where = f"{resource.region or ''}:{resource.account or ''}"
        return f"arn:{self._partition(resource)}:{prefix}:{where}:{last}", known

    def _named(self, resource: Resource, path: str) -> tuple[str, bool]:
        """The name, and whether it is known."""
        value: object = resource.properties
        for part in path.split("/") if path else ():
            value = value.get(part) if isinstance(value, Mapping) else None
        if not path or value is None:
            return stand_ins.identifier(resource), False
        return self._filled(resource, value)

    def _filled(self, resource: Resource, value: object) -> tuple[str, bool]:
        """A text with stand-ins for what of it is not known, and whether all is."""
        found = self.text(value)
        if isinstance(found, str):
            return found, True
        mark = stand_ins.suffix(resource.key).lower()
        if isinstance(found, Partial):
            return "".join(part if isinstance(part, str) else mark for part in found.parts), False
        return stand_ins.identifier(resource), False

    def _rendered(self, resource: Resource, pattern: str, ref: str | None) -> tuple[str, bool]:
        """A format of `estate.arns` filled in, and whether all that fills it is known."""
        if resource.key in self._busy:  # a name that is made of itself
            return stand_ins.identifier(resource), False
        self._busy.add(resource.key)
        naming, known = arns.naming(resource.type), True
        properties = {}
        for name in arns.properties_needed(pattern):
            value = resource.properties.get(name, naming.defaults.get(name))
            if value is None:
                properties[name], sure = stand_ins.identifier(resource), False
            else:
                properties[name], sure = self._filled(resource, value)
            known = known and sure
        self._busy.discard(resource.key)
        found = arns.render(
            pattern,
            account=resource.account or "",
            region=resource.region or "us-east-1",
            ref=ref,
            properties=properties,
        )
        return (stand_ins.identifier(resource), False) if found is None else (found, known)

    # --- values

    def text(self, value: object) -> str | Hole | Partial | None:
        """A string as AWS would hold it; None where it is not set."""
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return str(value)
        if isinstance(value, Reference):
            return self.reference(value)
        if isinstance(value, Unknown):
            return self.unknown(value)
        if isinstance(value, Text):
            parts: list[str | Hole] = []
            for part in value.parts:
                found = self.text(part)
                if isinstance(found, str) and parts and isinstance(parts[-1], str):
                    parts[-1] += found
                elif isinstance(found, (str, Hole)):
                    parts.append(found)
            if all(isinstance(part, str) for part in parts):
                return "".join(part for part in parts if isinstance(part, str))
            return Partial(tuple(parts))
        return Hole("a text was expected")

    def unknown(self, value: Unknown) -> str | Hole:
        """What stands for a fact of the organization; a hole for anything else."""
        if value.fact is Fact.ID and self.organization is not None:
            return self.organization
        if value.fact is None:
            return Hole(value.reason)
        mark = stand_ins.digest(value.fact.value)[:10]
        found = {Fact.ID: f"o-{mark}", Fact.ROOT: f"r-{mark[:4]}", Fact.ENTRY: f"entry-role-{mark}"}[
            value.fact
        ]
        self.stand_ins[found] = f"the {value.fact.value} of the organization"
        return found

    def reference(self, value: Reference) -> str | Hole:
        """What Ref or GetAtt returns."""
        resource = self.estate.get(value.target)
        if resource is None:
            return Hole(f"`{value.target}` is not in the estate")
        known = self.estate.literal(value)
        if known is not None:
            return known
        if value.attribute == "Ref":
            return self.physical(resource)
        if value.attribute == "Arn":
            return self.arn(resource) or Hole(f"the ARN of `{resource.name}` is known only once deployed")
        echoed = arns.naming(resource.type).echoes.get(value.attribute)
        if echoed is not None:
            found = self.estate.literal(resource.properties.get(echoed))
            if found is not None:
                return found
        if value.attribute in arns.naming(resource.type).assigned or value.attribute.endswith("Id"):
            found = f"{value.attribute.lower()}-{stand_ins.digest(resource.key + value.attribute)[:17]}"
            self.stand_ins[found] = resource.key
            return found
        return Hole(f"`{value.attribute}` of `{resource.name}` is known only once deployed")
