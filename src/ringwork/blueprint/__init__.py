"""What a user writes: the blueprint's model, its YAML and its JSON Schema."""

from ringwork.blueprint.addresses import AddressPlan, allocate, plan_key
from ringwork.blueprint.environment import Environment, accounts, environments, workloads
from ringwork.blueprint.model import Blueprint
from ringwork.blueprint.read import load, loads
from ringwork.blueprint.schema import json_schema

__all__ = [
    "AddressPlan",
    "Blueprint",
    "Environment",
    "accounts",
    "allocate",
    "environments",
    "json_schema",
    "load",
    "loads",
    "plan_key",
    "workloads",
]
