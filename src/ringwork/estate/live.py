"""Live resources as an estate: what collectors read becomes the same shape that templates give."""

from __future__ import annotations

from collections.abc import Iterable

from ringwork.estate import canonical
from ringwork.estate.estate import Estate, Gap
from ringwork.estate.model import Resource


def link(resources: Iterable[Resource], *, gaps: Iterable[Gap] = (), handed_over: bool = False) -> Estate:
    """The estate of resources as collectors give them: plain JSON properties and physical ids.

    Physical ids, ARNs and known attributes of other resources become references by the rules of
    `ringwork.estate.canonical`. Keys stay as given; values that name nothing are shared with what was
    given, lists become tuples. `handed_over`: the caller keeps none of the resources, so that nothing of them
    needs to be copied. Raises `ValueError` on two equal keys.
    """
    return Estate(canonical.link(resources, handed_over=handed_over), gaps=gaps)
