"""What runs as a role loads code from S3 and images from ECR: whoever replaces those runs code as the role.

Sources: SageMaker developer guide, "Use your own inference code with hosting services" (`ModelDataUrl` is
unpacked into the container); Glue user guide, "Working with jobs" (`ScriptLocation`); SageMaker developer
guide, "Customize SageMaker HyperPod clusters using lifecycle scripts" (`SourceS3Uri`); ECR user guide,
"Private registry": the form of an image's address, where a digest cannot be replaced and a tag can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ringwork.access.escalation.powers import Load
from ringwork.access.reading.names import Hole, Names, Partial
from ringwork.estate import Estate, Reference, Text, Unknown, arns

_CODE = frozenset({"ModelDataUrl", "ScriptLocation", "SourceS3Uri", "sagemaker_submit_directory"})
"""members that say where code, or a model that can hold code, lies"""
_MODEL = ("ModelDataSource", "S3DataSource", "S3Uri")
_IMAGES = frozenset({"Image", "ImageUri", "TrainingImage", "RecommenderImage", "ContainerUri"})
_REGISTRY = re.compile(
    r"(?P<account>[0-9]{12}|\*)\.dkr\.ecr\.(?P<region>[a-z0-9-]+|\*)\.[a-z.*]+/(?P<name>[^:@]+)(?P<at>@)?"
)


def loads(estate: Estate) -> Mapping[str, tuple[Load, ...]]:
    """Key of a resource -> what it loads and runs."""
    names = Names(estate)
    found: dict[str, tuple[Load, ...]] = {}
    for resource in estate.resources:
        if resource.type.startswith(("AWS::SageMaker::", "AWS::Glue::")):
            listed = dict.fromkeys(_loads(resource.properties, (), names, resource.region))
            if listed:
                found[resource.key] = tuple(listed)
    return found


def _loads(value: object, path: tuple[str, ...], names: Names, region: str | None) -> Iterator[Load]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _loads(item, (*path, str(name)), names, region)
    elif isinstance(value, (str, Reference, Text, Unknown)):
        name = path[-1] if path else ""
        if name in _CODE or path[-3:] == _MODEL:
            yield from _object(*_text(value, names), region)
        elif name in _IMAGES:
            yield from _image(*_text(value, names), region)
    elif isinstance(value, Sequence):
        for item in value:
            yield from _loads(item, path, names, region)


def _text(value: object, names: Names) -> tuple[str, bool]:
    """A text, `*` where it is not known; and whether all of it is known."""
    if isinstance(value, str):
        return value, True
    if not isinstance(value, (Reference, Text, Unknown)):
        return "*", False
    found = names.text(value)
    if isinstance(found, Partial):
        return "".join("*" if isinstance(part, Hole) else part for part in found.parts), False
    return (found, True) if isinstance(found, str) else ("*", False)


def _object(text: str, exact: bool, region: str | None) -> Iterator[Load]:
    partition = arns.partition(region or "us-east-1")
    if text.startswith("s3://"):
        where = text.removeprefix("s3://")
        if where.endswith("/") or "/" not in where:
            where = f"{where.rstrip('/')}/*"
        yield Load("s3", f"arn:{partition}:s3:::{where}", exact)
    elif not exact:
        yield Load("s3", f"arn:{partition}:s3:::*/*", False)


def _image(text: str, exact: bool, region: str | None) -> Iterator[Load]:
    found = _REGISTRY.match(text)
    if found is None:
        if not exact and text.startswith("*"):
            yield Load("ecr", f"arn:{arns.partition(region or 'us-east-1')}:ecr:*:*:repository/*", False)
        return
    if found["at"]:
        return
    where = found["region"]
    partition = arns.partition(region or "us-east-1")
    yield Load("ecr", f"arn:{partition}:ecr:{where}:{found['account']}:repository/{found['name']}", exact)
