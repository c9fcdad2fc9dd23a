"""ARN templates of the Service Authorization Reference, filled from an operation's parameters."""

from __future__ import annotations

import functools
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
    "automljobjobname": ("automljobname",),
    "bucketname": ("bucket",),
    "certificatenamewithpath": ("servercertificatename",),
    "dataqualityjobdefinitionname": ("jobdefinitionname",),
    "clusterparametergroupname": ("dbclusterparametergroupname",),
    "clustersnapshotname": ("dbclustersnapshotidentifier",),
    "dbclusterinstancename": ("dbclusteridentifier",),
    "configruleid": (),
    "deliverydestinationname": ("name",),
    "deliverysourcename": ("name",),
    "groupfriendlyname": ("autoscalinggroupname",),
    "groupnamewithpath": ("groupname",),
    "insightrulename": ("rulename", "rulenames"),
    "loggroupname": ("loggroupidentifier", "loggroupidentifiers", "loggroupnames"),
    "modelbiasjobdefinitionname": ("jobdefinitionname",),
    "modelexplainabilityjobdefinitionname": ("jobdefinitionname",),
    "modelpackagename": ("modelpackagegroupname",),
    "modelqualityjobdefinitionname": ("jobdefinitionname",),
    "naclid": ("networkaclid",),
    "parameternamewithoutleadingslash": ("name", "names", "path"),
    "parametergroupname": ("dbparametergroupname",),
    "patchbaselineidresourceid": ("baselineid",),
    "policyid": (),
    "policynamewithpath": ("policyname",),
    "resourceid": (),
    "rolenamewithpath": ("rolename",),
    "samlprovidername": ("name",),
    "secretid": ("name",),
    "securitygroupid": ("groupid", "groupids", "securitygroupids", "groups"),
    "snapshotname": ("dbsnapshotidentifier",),
    "subnetgroupname": ("dbsubnetgroupname",),
    "topicname": ("name",),
    "trailname": ("name",),
    "usernamewithpath": ("username",),
}
"""Variables of templates -> parameters that give them, where `_candidates` would not find them."""

_NAMES = ("name", "names", "id", "ids", "identifier", "identifiers", "key")
_ENDING = re.compile(r"(name|id|identifier)$")
_WORD = re.compile(r"[^a-z0-9]")


@functools.lru_cache(maxsize=4096)
def _candidates(variable: str, kind: str, operation: str) -> tuple[str, ...]:
    """Parameters that can give a variable of a resource of some kind (`training-job`), lower case.

    `GuardrailId` is called `guardrailIdentifier` in one operation, and `id` or `name` in those that are about
    a guardrail by their own names.
    """
    low, word, about = variable.lower(), _WORD.sub("", kind.lower()), operation.lower()
    stem = _ENDING.sub("", low)
    found = [low, f"{low}s", *_ALSO.get(low, ())]
    if low not in _ALSO:
        for one in filter(None, (stem, word)):
            found += [one, *(f"{one}{name}" for name in _NAMES)]
        if any(one in about for one in filter(None, (stem, word))):
            found += _NAMES
    return tuple(dict.fromkeys(found))


_GENERIC = {"id", "name", "resourceid", "scope"}
_FIXED = {"partition", "region", "account"}


@functools.cache
def _variables(text: str) -> tuple[str, ...]:
    return tuple(name for name in _VARIABLE.findall(text) if name.lower() not in _FIXED)


@functools.cache
def _kind(text: str) -> str:
    if len(_variables(text)) != 1:
        return ""
    return re.split(r"[/:]", _VARIABLE.split(text.split(":", 5)[5])[0].rstrip("/:"))[-1]


@functools.cache
def _pattern(text: str) -> patterns.Matcher:
    return patterns.arn(_VARIABLE.sub("*", text))


@dataclass(frozen=True, slots=True)
class Template:
    """`arn:${Partition}:sagemaker:${Region}:${Account}:training-job/${TrainingJobName}`"""

    text: str

    @property
    def _kind(self) -> str:
        """`training-job`, where the one variable is the name of such a thing."""
        return _kind(self.text)

    @property
    def generic(self) -> bool:
        """Whether the variables do not tell what they name: `${Scope}/ipset/${Name}/${Id}`."""
        return all(name.lower() in _GENERIC for name in self._variables)

    @property
    def _variables(self) -> tuple[str, ...]:
        return _variables(self.text)

    def fill(self, parameters: Parameters, region: str, account: str, operation: str = "") -> list[str]:
        """The ARNs that the parameters name; none when they do not name such a resource.

        A parameter that is such an ARN is taken as it is.
        """
        given = [arn for values in parameters.values() for arn in values if self.is_like(arn)]
        if given:
            return list(dict.fromkeys(given))
        choices = []
        for name in self._variables:
            values = self._values(name, parameters, operation)
            if not values:
                return []
            choices.append(values)
        if not choices:
            return []
        return [
            self._put(dict(zip(self._variables, combination, strict=True)), region, account)
            for combination in itertools.product(*choices)
        ]

    def any(self, parameters: Parameters, region: str, account: str, operation: str = "") -> str:
        """The ARN with `*` for what the parameters do not name."""
        values = {
            name: next(iter(self._values(name, parameters, operation)), "*") for name in self._variables
        }
        return self._put(values, region, account)

    def is_like(self, arn: str) -> bool:
        """Whether `arn` is one of this template's."""
        return arn.startswith("arn:") and _pattern(self.text)(arn)

    def _values(self, name: str, parameters: Parameters, operation: str) -> tuple[str, ...]:
        for candidate in _candidates(name, self._kind, operation):
            values = parameters.get(candidate)
            if values and not any(value.startswith("arn:") for value in values):
                return values
        return ()

    def _put(self, values: Mapping[str, str], region: str, account: str) -> str:
        fixed = {"partition": "aws", "region": region, "account": account}

        def value(match: re.Match[str]) -> str:
            return fixed.get(match[1].lower()) or values.get(match[1], "*")

        return _VARIABLE.sub(value, self.text)
