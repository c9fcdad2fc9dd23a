"""What CloudFormation accepts: facts of resource types, a validator for them, and quotas.

The facts come from CloudFormation's registry schemas (`SOURCE` names the version); nothing here asks AWS.
"""

from ringwork.schemas.table import (
    SOURCE,
    ResourceSchema,
    UnknownTypeError,
    known,
    resource_schema,
    similar_types,
    types,
)
from ringwork.schemas.validator import Problem, open_properties, validate

__all__ = [
    "SOURCE",
    "Problem",
    "ResourceSchema",
    "UnknownTypeError",
    "known",
    "open_properties",
    "resource_schema",
    "similar_types",
    "types",
    "validate",
]
