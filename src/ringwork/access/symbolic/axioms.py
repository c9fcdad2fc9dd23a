"""What is true of every request: keys that come together, and keys that exclude each other.

Without these a witness would be a request that AWS never sees. Only keys that a question's policies mention
are spoken of. Source: IAM user guide, "AWS global condition context keys" ("Availability" of each);
"Forward access sessions".
"""

from __future__ import annotations

import itertools

from ringwork.access.conditions import compile_condition
from ringwork.access.symbolic.encode import Encoder
from ringwork.access.symbolic.formula import Lit, negate

_THROUGH_ENDPOINT = ("aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip")
_CALLED = ("aws:calledvia", "aws:calledviafirst", "aws:calledvialast")
_OF_SESSIONS = ("aws:tokenissuetime", "aws:multifactorauthage")


def add(encoder: Encoder) -> None:
    """Add to the formula what binds the keys that it mentions."""
    _networks(encoder)
    _forwarded(encoder)
    _tags(encoder)


def _present(encoder: Encoder, key: str) -> Lit | None:
    """None: nobody mentions the key."""
    if key in encoder.fixed:
        return True
    if key in encoder.absent:
        return False
    found = encoder.keys.get(key)
    return None if found is None else found.present


def _mentioned(encoder: Encoder, keys: tuple[str, ...]) -> list[Lit]:
    return [lit for lit in (_present(encoder, key) for key in keys) if lit is not None]


def _networks(encoder: Encoder) -> None:
    """A request comes through a VPC endpoint and has its keys, or it has an address; nothing is said of the
    network of a forwarded one, which is the service's."""
    through = _mentioned(encoder, _THROUGH_ENDPOINT)
    for one, other in itertools.pairwise(through):
        _equal(encoder, one, other)
    address = _present(encoder, "aws:sourceip")
    if through and address is not None:
        forwarded = _is(encoder, "aws:viaawsservice", "true")
        encoder.formula.require(negate(through[0]), negate(address))
        encoder.formula.require(through[0], address, forwarded)


def _forwarded(encoder: Encoder) -> None:
    """A service that calls for the principal says so, in all of these keys."""
    called = _mentioned(encoder, _CALLED)
    for one, other in itertools.pairwise(called):
        _equal(encoder, one, other)
    via = _is(encoder, "aws:viaawsservice", "true")
    if called and via is not False:
        encoder.formula.require(negate(called[0]), via)


def _tags(encoder: Encoder) -> None:
    """A tag of the request is among its tag keys."""
    names = [key for key in encoder.keys if key.startswith("aws:requesttag/")]
    if not names or "aws:tagkeys" not in encoder.keys:
        return
    for name in names:
        tag = name.removeprefix("aws:requesttag/")
        listed = encoder.condition(
            compile_condition("ForAnyValue:StringEqualsIgnoreCase", "aws:tagkeys", (tag,), variables=False)
        )
        _equal(encoder, encoder.keys[name].present, listed)


def _is(encoder: Encoder, key: str, value: str) -> Lit:
    """Whether a Boolean key has a value; False if nobody mentions it."""
    if key not in encoder.keys and key not in encoder.fixed:
        return False
    return encoder.condition(compile_condition("Bool", key, (value,), variables=False))


def _equal(encoder: Encoder, one: Lit, other: Lit) -> None:
    encoder.formula.require(negate(one), other)
    encoder.formula.require(one, negate(other))
