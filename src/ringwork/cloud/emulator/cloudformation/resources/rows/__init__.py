"""Resource types that are rows of a table, by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from ringwork.cloud.emulator.cloudformation.resources.api import Api, provider
from ringwork.cloud.emulator.cloudformation.resources.provider import Provider
from ringwork.cloud.emulator.cloudformation.resources.rows import (
    applications,
    balancing,
    data,
    detection,
    governance,
    names,
    network,
    observation,
    resolver,
    sagemaker,
    transit,
    waf,
)

ROWS: Mapping[str, Api] = {
    **network.ROWS,
    **balancing.ROWS,
    **resolver.ROWS,
    **names.ROWS,
    **transit.ROWS,
    **governance.ROWS,
    **sagemaker.ROWS,
    **detection.ROWS,
    **waf.ROWS,
    **observation.ROWS,
    **data.ROWS,
    **applications.ROWS,
}
"""CloudFormation type -> its API calls."""


class Rows(Mapping[str, Provider]):
    """The providers of `ROWS`, each made when it is asked for: that reads its service's model."""

    def __getitem__(self, type: str) -> Provider:
        return _provider(type)

    def __iter__(self) -> Iterator[str]:
        return iter(ROWS)

    def __len__(self) -> int:
        return len(ROWS)


@cache
def _provider(type: str) -> Provider:
    return provider(type, ROWS[type])
