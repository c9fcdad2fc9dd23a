"""What CloudFormation's intrinsic functions compute, as pure functions over estate values.

Source: "Intrinsic function reference" of the CloudFormation template reference, one page for each
function. What a function cannot compute it gives as `Unknown`; none of them raises.
"""

from __future__ import annotations

import base64 as base64_codec
import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice

from ringwork.estate.model import Reference, Text, Unknown, Value

Part = str | Reference | Unknown

_PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:([^{}]*)\}\}")
_SAFE_DELIMITERS = frozenset({",", "|", ";", " ", "\n", "\t"})
"""characters that occur in no id, name or ARN which AWS assigns"""


def scalar(value: object) -> str | None:
    """A scalar as CloudFormation puts it into text (`true`, `80`); None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return None


def text(parts: Iterable[Value]) -> Value:
    """The parts one after the other: a `str` if all are literal, a single part as itself, else `Text`."""
    flat: list[Part] = []
    for part in parts:
        if isinstance(part, Text):
            flat.extend(part.parts)
        elif isinstance(part, (Reference, Unknown)):
            flat.append(part)
        else:
            literal = scalar(part)
            flat.append(Unknown("a list or mapping stands within a text") if literal is None else literal)
    merged: list[Part] = []
    for piece in flat:
        if isinstance(piece, str):
            if not piece:
                continue
            if merged and isinstance(merged[-1], str):
                merged[-1] += piece
                continue
        merged.append(piece)
    if not merged:
        return ""
    return merged[0] if len(merged) == 1 else Text(tuple(merged))


def dynamic_references(value: str) -> Value:
    """`{{resolve:service:key}}` becomes `Unknown`: CloudFormation reads it when it deploys.

    "Get values stored in other services using dynamic references", CloudFormation user guide.
    """
    if "{{resolve:" not in value:
        return value
    parts: list[Value] = []
    end = 0
    for match in _DYNAMIC.finditer(value):
        parts.append(value[end : match.start()])
        parts.append(Unknown(f"dynamic reference `{match[1]}` is read at deployment"))
        end = match.end()
    parts.append(value[end:])
    return text(parts)


def placeholders(template: str) -> list[tuple[bool, str]]:
    """The pieces of an `Fn::Sub` text: (false, literal) or (true, what stands in `${}`).

    `${!Literal}` gives the literal `${Literal}` ("Fn::Sub", Parameters).
    """
    pieces: list[tuple[bool, str]] = []
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        pieces.append((False, template[end : match.start()]))
        inner = match[1].strip()
        pieces.append((False, f"${{{inner[1:]}}}") if inner.startswith("!") else (True, inner))
        end = match.end()
    pieces.append((False, template[end:]))
    return [piece for piece in pieces if piece[0] or piece[1]]


def first_unknown(value: Value) -> Unknown | None:
    """The first `Unknown` in a text or at the top of a value."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Text):
        return next((part for part in value.parts if isinstance(part, Unknown)), None)
    return None


def join(delimiter: Value, values: Value) -> Value:
    """`Fn::Join`."""
    if not isinstance(values, tuple):
        return first_unknown(values) or Unknown("`Fn::Join` over a value that is known only after deployment")
    parts: list[Value] = []
    for index, value in enumerate(values):
        if index:
            parts.append(delimiter)
        parts.append(value)
    return text(parts)


def split(delimiter: Value, source: Value) -> Value:
    """`Fn::Split`. A reference is not cut: it must be safe that its text lacks the delimiter."""
    if not isinstance(delimiter, str) or not delimiter:
        return Unknown("`Fn::Split` needs a literal delimiter")
    if isinstance(source, (str, int, float)):
        return tuple((scalar(source) or "").split(delimiter))
    unknown = first_unknown(source)
    if unknown:
        return unknown
    if not isinstance(source, (Reference, Text)):
        return Unknown("`Fn::Split` of a value that is not a string")
    if delimiter not in _SAFE_DELIMITERS:
        return Unknown("`Fn::Split` of a value that is known only after deployment")
    items: list[list[Value]] = [[]]
    for part in source.parts if isinstance(source, Text) else (source,):
        if isinstance(part, str):
            first, *rest = part.split(delimiter)
            items[-1].append(first)
            items.extend([piece] for piece in rest)
        else:
            items[-1].append(part)
    return tuple(text(item) for item in items)


def select(index: Value, values: Value) -> Value:
    """`Fn::Select`. Null entries and an index outside the list are template errors: `Unknown`."""
    if isinstance(index, Unknown):
        return index
    number = scalar(index)
    if number is None or not number.isascii() or not number.isdigit() or len(number) > 6:
        return Unknown("`Fn::Select` with an index that is not a known number")
    if isinstance(values, Unknown):
        return values
    if isinstance(values, Reference):
        reason = f"entry {number} of `{values.attribute}` of `{values.target}` is known only after deployment"
        return Unknown(reason, part_of=values)
    if not isinstance(values, tuple):
        return Unknown("`Fn::Select` from a value that is not a list")
    if int(number) >= len(values):
        return Unknown(f"`Fn::Select` takes entry {number} of a list of {len(values)}")
    return values[int(number)]


def cidr(block: Value, count: Value, bits: Value) -> Value:
    """`Fn::Cidr`: the first `count` blocks of `bits` host bits in `block`.

    "Fn::Cidr": subnet bits is the inverse of the subnet mask, 32 - bits for IPv4, 128 - bits for IPv6;
    count from 1 to 256. Without bits, AWS splits evenly; that rule is not documented: `Unknown`.
    """
    for value in (block, count, bits):
        unknown = first_unknown(value)
        if unknown:
            return unknown
    try:
        network = ipaddress.ip_network(str(block), strict=False)
        wanted, host_bits = int(str(count)), int(str(bits))
    except ValueError:
        return Unknown(f"`Fn::Cidr` of `{block}` cannot be computed")
    prefix = network.max_prefixlen - host_bits
    if not 1 <= wanted <= 256 or not network.prefixlen <= prefix <= network.max_prefixlen:
        return Unknown(f"`Fn::Cidr` does not fit: {wanted} blocks of {host_bits} bits in `{block}`")
    if wanted > 2 ** (prefix - network.prefixlen):
        return Unknown(f"`Fn::Cidr` does not fit: {wanted} blocks of {host_bits} bits in `{block}`")
    return _first_blocks(str(network), prefix, wanted)


@lru_cache(maxsize=4096)
def _first_blocks(network: str, prefix: int, wanted: int) -> tuple[str, ...]:
    """Templates cut the same block once for each subnet."""
    return tuple(
        str(part) for part in islice(ipaddress.ip_network(network).subnets(new_prefix=prefix), wanted)
    )


def base64(value: Value) -> Value:
    """`Fn::Base64`."""
    literal = scalar(value)
    if literal is None:
        return first_unknown(value) or Unknown("base64 of a text that is known only after deployment")
    try:
        return base64_codec.b64encode(literal.encode()).decode("ascii")
    except UnicodeEncodeError:
        return Unknown("base64 of a text with characters that UTF-8 lacks")


def length(value: Value) -> Value:
    """`Fn::Length` (AWS::LanguageExtensions): the number of entries of a list."""
    if isinstance(value, tuple):
        return len(value)
    return first_unknown(value) or Unknown("`Fn::Length` of a value that is not a known list")


def to_json_string(value: Value) -> Value:
    """`Fn::ToJsonString` (AWS::LanguageExtensions); references stay references within the text."""
    held: list[Reference | Text] = []
    mark = "\N{NULL}"

    def plain(item: Value) -> object:
        if isinstance(item, (Reference, Text)):
            held.append(item)
            return f"{mark}{len(held) - 1}{mark}"
        if isinstance(item, tuple):
            return [plain(entry) for entry in item]
        if isinstance(item, Mapping):
            return {name: plain(entry) for name, entry in item.items()}
        return item

    unknown = _unknown_within(value)
    if unknown:
        return unknown
    encoded = json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False)
    pieces = re.split(r"\\u0000(\d+)\\u0000", encoded)
    parts: list[Value] = []
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            parts.append(piece)
        elif int(piece) < len(held):
            kept = held[int(piece)]
            parts.append(
                Text(tuple(json.dumps(part)[1:-1] if isinstance(part, str) else part for part in kept.parts))
                if isinstance(kept, Text)
                else kept
            )
    return text(parts)


def _unknown_within(value: Value) -> Unknown | None:
    if isinstance(value, (Unknown, Text)):
        return first_unknown(value)
    children: Iterable[Value] = ()
    if isinstance(value, tuple):
        children = value
    elif isinstance(value, Mapping):
        children = value.values()
    return next((found for child in children if (found := _unknown_within(child))), None)


def zones(region: str, account: str) -> Value:
    """`Fn::GetAZs`: which zones an account has in a Region, and in which order, is not computable."""
    return Unknown(f"availability zones of {region} in account {account}")


def zone(region: str, account: str, index: int) -> Unknown:
    """One entry of `Fn::GetAZs`: equal texts are the same zone, so subnets stay comparable."""
    return Unknown(f"availability zone {index} of {region} in account {account}")
