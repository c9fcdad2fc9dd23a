"""One immutable model of AWS resources, in CloudFormation's own shape."""

from ringwork.estate.estate import Estate, Gap, references, resource_key, unknowns
from ringwork.estate.model import Logical, Path, Reference, Resource, Text, Unknown, Value
from ringwork.estate.stack import Acceptable, Acceptance, KeyedOutput, PrefixListId, Stack, StackOutput

__all__ = [
    "Acceptable",
    "Acceptance",
    "Estate",
    "Gap",
    "KeyedOutput",
    "Logical",
    "Path",
    "PrefixListId",
    "Reference",
    "Resource",
    "Stack",
    "StackOutput",
    "Text",
    "Unknown",
    "Value",
    "references",
    "resource_key",
    "unknowns",
]
