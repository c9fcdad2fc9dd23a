"""What stands behind a security group: notebooks, instances, Studio, the instances of endpoints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from ringwork.estate import Estate, Resource
from ringwork.report import words


def machines(estate: Estate, group: Resource) -> str:
    """In short, `ml.m7i.large × 2`; empty where nothing stands there yet."""
    found: Counter[str] = Counter()
    for holder in {holder.key: holder for holder, _ in estate.referrers(group.key)}.values():
        if holder.type == "AWS::SageMaker::NotebookInstance":
            found[words.text(estate, holder.properties.get("InstanceType"))] += 1
        elif holder.type == "AWS::EC2::Instance":
            found[_instance(estate, holder)] += 1
        elif holder.type == "AWS::SageMaker::Domain":
            found["Studio domain"] += 1
        elif holder.type == "AWS::SageMaker::Model":
            for type, number in _serving(estate, holder):
                found[type] += number
    return ", ".join(
        f"{name} × {number}" if number > 1 else name for name, number in sorted(found.items()) if name
    )


def _instance(estate: Estate, instance: Resource) -> str:
    given = instance.properties.get("LaunchTemplate")
    template = estate.resolve(given.get("LaunchTemplateId")) if isinstance(given, Mapping) else None
    data = template.properties.get("LaunchTemplateData") if template else None
    launched = data if isinstance(data, Mapping) else {}
    type = instance.properties.get("InstanceType", launched.get("InstanceType"))
    return words.text(estate, type)


def _serving(estate: Estate, model: Resource) -> Iterator[tuple[str, int]]:
    """Instances of the variants that serve the model, where an endpoint uses their configuration."""
    for config in {holder.key: holder for holder, _ in estate.referrers(model.key)}.values():
        if config.type != "AWS::SageMaker::EndpointConfig" or not any(
            holder.type == "AWS::SageMaker::Endpoint" for holder, _ in estate.referrers(config.key)
        ):
            continue
        for name in ("ProductionVariants", "ShadowProductionVariants"):
            for variant in words.items(config.properties.get(name)):
                if not isinstance(variant, Mapping):
                    continue
                serves = estate.resolve(variant.get("ModelName"))
                number = words.text(estate, variant.get("InitialInstanceCount"))
                if serves is not None and serves.key == model.key and number.isdigit():
                    yield words.text(estate, variant.get("InstanceType")), int(number)
