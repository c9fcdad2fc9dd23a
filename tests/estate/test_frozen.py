"""Values that are quick to make are frozen dataclasses in all that can be seen of them."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from ringwork.estate.frozen import quick


@quick
@dataclass(frozen=True, slots=True, order=True)
class Port:
    number: int
    protocol: str = "tcp"
    tags: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, order=True)
class Slow:
    number: int
    protocol: str = "tcp"
    tags: Mapping[str, str] = field(default_factory=dict, compare=False)


def test_its_fields_cannot_be_set() -> None:
    port = Port(22)
    with pytest.raises(FrozenInstanceError):
        port.number = 23  # type: ignore[misc]
    assert port.number == 22


def test_it_is_of_its_own_class() -> None:
    assert type(Port(22)) is Port


def test_it_compares_and_hashes_by_its_fields() -> None:
    assert Port(22) == Port(22, tags={"a": "b"})
    assert hash(Port(22)) == hash(Port(22, "tcp"))
    assert Port(22) < Port(23)
    assert Port(22) != Port(22, "udp")


def test_each_has_a_default_of_its_own() -> None:
    assert Port(22).tags == {}
    assert Port(22).tags is not Port(22).tags


def test_it_is_copied_pickled_and_replaced() -> None:
    port = Port(22, "udp", {"a": "b"})
    for other in (copy.copy(port), copy.deepcopy(port), pickle.loads(pickle.dumps(port))):  # noqa: S301
        assert (other.number, other.protocol, other.tags) == (22, "udp", {"a": "b"})
    assert replace(port, number=23) == Port(23, "udp")


@pytest.mark.parametrize("arguments", [(), (1, "tcp", {}, 2)])
def test_what_a_dataclass_refuses_is_refused(arguments: tuple[object, ...]) -> None:
    for cls in (Port, Slow):
        with pytest.raises(TypeError, match="argument"):
            cls(*arguments)  # type: ignore[arg-type]


def test_its_parameters_are_the_fields() -> None:
    assert list(inspect.signature(Port).parameters) == list(inspect.signature(Slow).parameters)


def test_other_classes_are_refused() -> None:
    @dataclass(frozen=True)
    class Open:
        number: int

    @dataclass(frozen=True, slots=True)
    class Checked:
        number: int

        def __post_init__(self) -> None: ...

    @dataclass(frozen=True, slots=True)
    class Counted:
        number: int = field(init=False, default=0)

    for cls in (Open, Checked, Counted):
        with pytest.raises(TypeError, match=cls.__name__):
            quick(cls)
