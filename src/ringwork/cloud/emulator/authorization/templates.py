"""ARN templates of the Service Authorization Reference, filled from an operation's parameters."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ringwork.access import patterns

Parameters = Mapping[str, "tuple[str, ...]"]
"""lower-case name -> values"""

_VARIABLE = re.compile(r"\$\{(\w+)\}")

_ALSO: Mapping[str, tuple[str, ...]] = {
    "accesspointname": ("name",),
    "aliasname": ("name",),
    "bucketname": ("bucket",),
    "detectorid": ("detectorid",),
    "eventbusname": ("name", "eventbusname"),
    "functionname": ("functionname",),
    "groupnamewithpath": ("groupname",),
    "loggroupname": ("loggroupname", "loggroupidentifier"),
    "modelpackagename": ("modelpackagename", "modelpackagegroupname"),
    "policynamewithpath": ("policyname",),
    "queuename": ("queuename",),
    "repositoryname": ("repositoryname",),
    "resourceid": (),
    "rolenamewithpath": ("rolename",),
    "rulename": ("name", "rule"),
    "secretid": ("name", "secretid"),
    "securitygroupid": ("groupid", "groupids", "securitygroupids"),
    "stackname": ("stackname",),
    "topicname": ("name",),
    "trailname": ("name", "trailname"),
    "usernamewithpath": ("username",),
}
"""Variables of templates -> parameters that give them, besides the one of the same name."""

_FIXED = {"partition", "region", "account"}


@dataclass(frozen=True, slots=True)
class Template:
    """`arn:${Partition}:sagemaker:${Region}:${Account}:training-job/${TrainingJobName}`"""

    text: str

    @property
    def _variables(self) -> list[str]:
        return [name for name in _VARIABLE.findall(self.text) if name.lower() not in _FIXED]

    def fill(self, parameters: Parameters, region: str, account: str) -> list[str]:
        """The ARNs that the parameters name; none when they do not name such a resource.

        A parameter that is such an ARN is taken as it is.
        """
        given = [arn for values in parameters.values() for arn in values if self.is_like(arn)]
        if given:
            return list(dict.fromkeys(given))
        choices = []
        for name in self._variables:
            values = self._values(name, parameters)
            if not values:
                return []
            choices.append(values)
        if not choices:
            return []
        return [
            self._put(dict(zip(self._variables, combination, strict=True)), region, account)
            for combination in itertools.product(*choices)
        ]

    def any(self, parameters: Parameters, region: str, account: str) -> str:
        """The ARN with `*` for what the parameters do not name."""
        values = {name: next(iter(self._values(name, parameters)), "*") for name in self._variables}
        return self._put(values, region, account)

    def is_like(self, arn: str) -> bool:
        """Whether `arn` is one of this template's."""
        if not arn.startswith("arn:"):
            return False
        return patterns.arn(_VARIABLE.sub("*", self.text))(arn)

    def _values(self, name: str, parameters: Parameters) -> tuple[str, ...]:
        low = name.lower()
        for candidate in (low, f"{low}s", *_ALSO.get(low, ())):
            values = parameters.get(candidate)
            if values and not any(value.startswith("arn:") for value in values):
                return values
        return ()

    def _put(self, values: Mapping[str, str], region: str, account: str) -> str:
        fixed = {"partition": "aws", "region": region, "account": account}

        def value(match: re.Match[str]) -> str:
            return fixed.get(match[1].lower()) or values.get(match[1], "*")

        return _VARIABLE.sub(value, self.text)
