"""moto's objects as bytes and back: a pickler for what plain pickle cannot write, and an unpickler that
makes nothing but listed classes.

The list of moto's classes is `classes.json`, written by `scripts/emulator_classes.py`. Everything else that
a snapshot may name is in this module: a few value types of the standard library, and reconstructors for
locks, keys, certificates, patterns and dictionary subclasses. Functions are never written and never read.
What is needed for keys and certificates is imported with the first of them: most commands meet none.
"""

from __future__ import annotations

import collections
import enum
import functools
import importlib
import importlib.resources
import io
import json
import pickle
import re
import threading
import types
import weakref
from collections.abc import Callable
from typing import Any

BackendName = tuple[str, str, str]
"""Service as moto names its package (`ec2`), account, Region."""

_VALUES = {
    "builtins": {"bytearray", "complex", "dict", "frozenset", "int", "list", "object", "set", "str", "tuple"},
    "collections": {"OrderedDict", "defaultdict", "deque"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "dateutil.tz.tz": {"tzlocal", "tzutc"},
    "decimal": {"Decimal"},
    "ipaddress": {"IPv4Address", "IPv4Network", "IPv6Address", "IPv6Network"},
    "uuid": {"UUID"},
}

_RLOCK = type(threading.RLock())
_LOCK = type(threading.Lock())


class ForbiddenClassError(pickle.UnpicklingError):
    """A snapshot names a class or function that is not on the list."""


def _private_key(pem: bytes) -> Any:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    # without the primality test, 45 ms a key: the bytes are authenticated, and moto made the key
    return serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)


def _public_key(pem: bytes) -> Any:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    return serialization.load_pem_public_key(pem)


def _certificate(pem: bytes) -> Any:
    from cryptography import x509  # noqa: PLC0415

    return x509.load_pem_x509_certificate(pem)


def _rlock() -> Any:
    return threading.RLock()


def _lock() -> Any:
    return threading.Lock()


def _condition() -> Any:
    return threading.Condition()


def _pattern(text: str | bytes, flags: int) -> re.Pattern[Any]:
    return re.compile(text, flags)


def _weak_values(values: dict[Any, Any]) -> weakref.WeakValueDictionary[Any, Any]:
    return weakref.WeakValueDictionary(values)


def _member(kind: type[enum.Enum], value: Any) -> enum.Enum:
    return kind(value)


_METHODS = {
    "moto.ec2.models.security_groups.SecurityGroup": "filter_",
    "moto.ec2.models.security_groups.SecurityGroupRule": "filter_",
}
"""Classes whose instances hold methods of their own, and how the names of those begin."""


def _method(owner: Any, name: str) -> Any:
    kind = type(owner)
    prefix = _METHODS.get(f"{kind.__module__}.{kind.__qualname__}")
    if prefix is None or not name.startswith(prefix):
        raise ForbiddenClassError(f"`{kind.__qualname__}.{name}` is not a method that a snapshot may contain")
    return getattr(owner, name)


def _new_dict(kind: type[dict[Any, Any]]) -> dict[Any, Any]:
    return kind.__new__(kind)


def _new_default_dict(kind: Any, factory: tuple[type[Any], ...]) -> Any:
    made = kind.__new__(kind)
    made.default_factory = _factory(factory)
    return made


def _factory(kinds: tuple[type[Any], ...]) -> Callable[[], Any]:
    """What makes an empty value of the last kind, or dictionaries that default to what the rest makes."""
    first, *rest = kinds
    if rest and first is collections.defaultdict:
        return functools.partial(collections.defaultdict, _factory(tuple(rest)))
    # a class has been looked up in the list already; a function is none
    if rest or not isinstance(first, type):
        raise ForbiddenClassError(f"`{first}` makes no values that a snapshot may contain")
    return first


def _kinds(factory: Any) -> tuple[type[Any], ...] | None:
    """A factory as `_factory` reads it; None for one that makes anything but empty values."""
    if isinstance(factory, type):
        return (factory,)
    made = factory() if isinstance(factory, types.FunctionType | functools.partial) else None
    if type(made) in _EMPTY and not made:
        return (type(made),)
    if type(made) is collections.defaultdict and not made:
        inner = _kinds(made.default_factory)
        return None if inner is None else (collections.defaultdict, *inner)
    return None


def _case_insensitive(items: list[tuple[str, Any]]) -> Any:
    from requests.structures import CaseInsensitiveDict  # noqa: PLC0415

    return CaseInsensitiveDict(items)


def _service_model(name: str) -> Any:
    from moto.core.utils import get_service_model  # noqa: PLC0415

    return get_service_model(name)


def _fill_dict(target: dict[Any, Any], state: tuple[list[tuple[Any, Any]], dict[str, Any]]) -> None:
    # not through the subclass: moto's version store appends on assignment
    dict.update(target, state[0])
    if state[1]:
        target.__dict__.update(state[1])


_EMPTY: tuple[type[Any], ...] = (dict, int, list, set)
"""What a dictionary with default values may fill itself with: empty ones of these."""

_RECONSTRUCTORS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        _private_key,
        _public_key,
        _certificate,
        _rlock,
        _lock,
        _condition,
        _pattern,
        _weak_values,
        _member,
        _method,
        _new_dict,
        _new_default_dict,
        _case_insensitive,
        _service_model,
        _fill_dict,
    )
}


@functools.cache
def _document() -> Any:
    return json.loads(importlib.resources.files(__package__).joinpath("classes.json").read_text("utf-8"))


@functools.cache
def listed() -> frozenset[str]:
    """moto's classes that a snapshot may contain, as `module.Class`."""
    return frozenset(_document()["classes"])


@functools.cache
def reaches() -> dict[str, list[str]]:
    """moto's packages whose state is kept, each with the others that it reads or changes directly."""
    return dict(_document()["services"])


def _admitted(module: str, name: str) -> bool:
    return name in _VALUES.get(module, ()) or f"{module}.{name}" in listed()


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, root: Any) -> None:
        super().__init__(file, protocol=5)
        self._root = root

    def persistent_id(self, value: Any) -> Any:
        # asked of every object, hundreds of thousands of times: by kind, looked at once
        kind: Any = type(value)
        reference = _reference(kind)
        return None if reference is None else reference(value)

    def reducer_override(self, value: Any) -> Any:
        kind: Any = type(value)
        reducer = _reducer(kind)
        if reducer is not None:
            return reducer(value)
        if isinstance(value, type):
            allowed = _admitted(value.__module__, value.__qualname__)
        elif kind is types.FunctionType:
            allowed = _RECONSTRUCTORS.get(value.__name__) is value
        else:
            allowed = _admitted(kind.__module__, kind.__qualname__)
        if not allowed:  # what cannot be read must not be written
            raise pickle.PicklingError(f"a `{kind.__module__}.{kind.__qualname__}` cannot be in a snapshot")
        return NotImplemented


@functools.cache
def _reference(kind: type) -> Callable[[Any], tuple[str, ...]] | None:
    """How a snapshot names moto's own dictionaries and backends; None for what it contains."""
    from moto.core.base_backend import BackendDict, BaseBackend  # noqa: PLC0415

    if issubclass(kind, BaseBackend):
        return lambda value: ("backend", service_of(kind), value.account_id, value.region_name)
    if issubclass(kind, BackendDict):
        return lambda value: ("service", service_of(value.backend))
    return None


def _pem_of_private_key(value: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    plain = serialization.NoEncryption()
    pem: bytes = value.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return pem


def _pem_of_public_key(value: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    pem: bytes = value.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem


Reducer = Callable[[Any], tuple[Any, ...]]


@functools.cache
def _reducers() -> tuple[tuple[type | tuple[type, ...], Reducer], ...]:
    """How kinds that plain pickle cannot write, or not safely, are taken apart."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415

    return (
        (_RLOCK, lambda _: (_rlock, ())),
        (_LOCK, lambda _: (_lock, ())),
        (threading.Condition, lambda _: (_condition, ())),
        (
            (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey),
            lambda value: (_private_key, (_pem_of_private_key(value),)),
        ),
        (
            (rsa.RSAPublicKey, ec.EllipticCurvePublicKey),
            lambda value: (_public_key, (_pem_of_public_key(value),)),
        ),
        (x509.Certificate, lambda value: (_certificate, (value.public_bytes(serialization.Encoding.PEM),))),
        (re.Pattern, lambda value: (_pattern, (value.pattern, value.flags))),
        (types.MethodType, lambda value: (_method, (value.__self__, value.__name__))),
        (enum.Enum, lambda value: (_member, (type(value), value.value))),
        (weakref.WeakValueDictionary, lambda value: (_weak_values, (dict(value),))),
    )


@functools.cache
def _reducer(kind: type) -> Reducer | None:
    for kinds, reducer in _reducers():
        if issubclass(kind, kinds):
            return reducer
    if issubclass(kind, collections.defaultdict):
        return _default_dictionary
    if issubclass(kind, dict) and kind.__module__.startswith("moto."):
        return _moto_dictionary
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name == "requests.structures.CaseInsensitiveDict":
        return lambda value: (_case_insensitive, (list(value.items()),))
    if name == "moto.core.model.ServiceModel":
        return lambda value: (_service_model, (str(value.service_name),))
    return None


def _moto_dictionary(value: Any) -> tuple[Any, ...]:
    state = (list(dict.items(value)), dict(vars(value)))
    return _new_dict, (type(value),), state, None, None, _fill_dict


def _default_dictionary(value: Any) -> tuple[Any, ...]:
    """With a function that makes nothing but empty values, the kind of those takes its place."""
    kind = type(value)
    state = (list(dict.items(value)), dict(getattr(value, "__dict__", {})))
    if value.default_factory is None:
        return _new_dict, (kind,), state, None, None, _fill_dict
    kinds = _kinds(value.default_factory)
    if kinds is None:
        raise pickle.PicklingError(f"a {kind.__name__} with this factory cannot be part of a snapshot")
    return _new_default_dict, (kind, kinds), state, None, None, _fill_dict


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, backend: Callable[[BackendName], Any]) -> None:
        super().__init__(file)
        self._backend = backend

    def find_class(self, module: str, name: str) -> Any:
        if module == __name__ and name in _RECONSTRUCTORS:
            return _RECONSTRUCTORS[name]
        if _admitted(module, name):
            found = getattr(importlib.import_module(module), name)
            if isinstance(found, type):
                return found
        raise ForbiddenClassError(f"`{module}.{name}` is not a class that a snapshot may contain")

    def persistent_load(self, name: Any) -> Any:
        if isinstance(name, tuple) and len(name) == 4 and name[0] == "backend":
            return self._backend(name[1:])
        if isinstance(name, tuple) and len(name) == 2 and name[0] == "service":
            return backends_of(name[1])
        raise ForbiddenClassError(f"`{name}` is not a reference that a snapshot may contain")


def dump(backend: Any) -> bytes:
    """The state of one of moto's backends; raises `pickle.PicklingError` when it cannot be written."""
    file = io.BytesIO()
    try:
        _Pickler(file, backend).dump(dict(vars(backend)))
    except (TypeError, AttributeError, RecursionError) as error:  # how pickle reports what it cannot write
        raise pickle.PicklingError(str(error)) from error
    return file.getvalue()


def load(data: bytes, backend: Callable[[BackendName], Any]) -> dict[str, Any]:
    """The state that `dump` wrote. `backend` finds the backends that it refers to.

    Raises `pickle.UnpicklingError` for anything else; nothing that is not listed is imported or called.
    """
    try:
        state = _Unpickler(io.BytesIO(data), backend).load()
    except pickle.UnpicklingError:
        raise
    except Exception as error:
        # a damaged pickle can raise nearly anything
        raise pickle.UnpicklingError(f"{type(error).__name__}: {error}") from error
    if not isinstance(state, dict):
        raise pickle.UnpicklingError("a snapshot holds a dictionary")
    return state


def service_of(backend: type) -> str:
    """moto's package of a backend class: `ec2` for `moto.ec2.models.EC2Backend`.

    Not moto's own service name: some backends carry another service's.
    """
    return backend.__module__.split(".")[1]


@functools.cache
def backends_of(service: str) -> Any:
    """moto's `BackendDict` of a service package, imported on first use."""
    from moto.backends import get_backend  # noqa: PLC0415

    if service not in reaches():
        raise ForbiddenClassError(f"`{service}` is not a service whose state is kept")
    return get_backend(service)
