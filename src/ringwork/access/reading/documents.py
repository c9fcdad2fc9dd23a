"""Policy documents: values of the estate become JSON, and JSON becomes policies, each once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias
from urllib.parse import unquote

from ringwork.access.authority import Document, Path
from ringwork.access.policy import Policy, PolicyError, PolicyKind, parse
from ringwork.access.reading import rendering
from ringwork.access.reading.names import Hole, Names, Partial
from ringwork.estate import Reference, Text, Unknown

Note: TypeAlias = Callable[[str, str], None] | None
"""(message, JSON pointer) -> None: where a problem goes"""

_OPEN, _CLOSE = "\ue010", "\ue011"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_VARIABLE = "${"


class Documents:
    """Reads documents; equal ones are parsed once. Nothing here raises."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._parsed: dict[tuple[PolicyKind, str], Policy | PolicyError] = {}
        self._unknown: dict[PolicyKind, tuple[Policy, Policy]] = {}

    # --- values

    def plain(self, value: object, reasons: list[str]) -> Any:
        """A value of the estate as JSON with holes; `reasons` gains what is not known."""
        kind = type(value)
        if kind is str or value is None or kind is bool or kind is int or kind is float:
            return value
        if kind is tuple or kind is list:
            return [self.plain(item, reasons) for item in value]  # type: ignore[attr-defined]
        if kind is dict or isinstance(value, Mapping):
            return {str(name): self.plain(item, reasons) for name, item in value.items()}  # type: ignore[attr-defined]
        if isinstance(value, (Reference, Text, Unknown)):
            found = self.names.text(value)
            parts = found.parts if isinstance(found, Partial) else (found,)
            reasons += [part.reason for part in parts if isinstance(part, Hole)]
            return found
        if isinstance(value, str):
            return str(value)
        if isinstance(value, Sequence):
            return [self.plain(item, reasons) for item in value]
        reasons.append(f"a value of type {kind.__name__} is no JSON")
        return Hole(reasons[-1])

    def body(self, value: object, reasons: list[str]) -> Any:
        """`plain`, for a document that may be JSON text, percent-encoded as IAM's API gives it as well."""
        try:
            found = self.plain(value, reasons)
        except RecursionError:
            reasons.append("the policy is nested too deep")
            return Hole(reasons[-1])
        if isinstance(found, str):
            return loaded(found)
        if isinstance(found, Partial):
            return _patched(found)
        return found

    # --- policies

    def parsed(self, kind: PolicyKind, name: str, body: Any) -> Policy:
        """Raises `PolicyError`. Documents that are equal give the same statements."""
        try:
            key = (kind, json.dumps(body))
        except TypeError as error:
            raise PolicyError("what is not known stands where AWS accepts no such value") from error
        except (ValueError, RecursionError) as error:
            raise PolicyError(f"the policy is not JSON: {error}") from error
        found = self._parsed.get(key)
        if found is None:
            try:
                found = parse(body, kind=kind)
            except PolicyError as error:
                found = error
            except (ValueError, TypeError, RecursionError, OverflowError) as error:
                found = PolicyError(f"the policy cannot be read: {error}")
            self._parsed[key] = found
        if isinstance(found, PolicyError):
            raise found
        return replace(found, name=name)

    def nothing_known(self, kind: PolicyKind) -> tuple[Policy, Policy]:
        """What allows everything and what denies everything."""
        if kind not in self._unknown:
            both = []
            for effect in ("Allow", "Deny"):
                statement = rendering.everything(kind, effect)
                both.append(self._of(kind, "", {"Version": "2012-10-17"}, [statement] if statement else []))
            self._unknown[kind] = (both[0], both[1])
        return self._unknown[kind]

    def _of(self, kind: PolicyKind, name: str, head: Mapping[str, Any], statements: list[Any]) -> Policy:
        body = {**head, "Statement": statements}
        # AWS accepts no policy without statements, but one may be left with none that is certain
        return self.parsed(kind, name, body) if statements else Policy(kind, name, (), body)

    def unread(self, kind: PolicyKind, name: str, key: str, path: Path, reason: str) -> Document:
        """A document of which nothing is known."""
        wider, narrower = (replace(policy, name=name) for policy in self.nothing_known(kind))
        return Document(name, key, path, wider, narrower, (reason,))

    def read(
        self, value: object, *, kind: PolicyKind, name: str, key: str, path: Path, note: Note = None
    ) -> Document:
        """A document as it stands in the estate. `note` is told what AWS would not accept; of such a policy
        nothing is known."""
        reasons: list[str] = []
        body = self.body(value, reasons)
        return self.document(body, reasons, kind=kind, name=name, key=key, path=path, note=note)

    def document(
        self,
        body: Any,
        reasons: Iterable[str],
        *,
        kind: PolicyKind,
        name: str,
        key: str,
        path: Path,
        note: Note = None,
        places: tuple[tuple[str, Path], ...] | None = None,
    ) -> Document:
        """`read` for what is JSON with holes already. `places`: where each statement stands, where it is not
        below `path`."""
        unknown = tuple(dict.fromkeys(reasons))
        if isinstance(body, (Hole, Partial)):
            return self.unread(kind, name, key, path, unknown[0] if unknown else "the policy is not known")
        try:
            if not unknown:
                found = self.parsed(kind, name, body)
                return Document(name, key, path, found, found, (), places, places)
            return self._both(body, unknown, kind, name, key, path, places)
        except PolicyError as error:
            if note is not None:
                note(error.message, error.pointer)
            return self.unread(kind, name, key, path, f"AWS would not accept it: {error}")

    def _both(
        self,
        body: Any,
        unknown: tuple[str, ...],
        kind: PolicyKind,
        name: str,
        key: str,
        path: Path,
        places: tuple[tuple[str, Path], ...] | None,
    ) -> Document:
        """Raises `PolicyError`."""
        if not isinstance(body, Mapping):
            raise PolicyError("the policy is not a JSON object")
        head = {element: item for element, item in body.items() if element != "Statement"}
        if rendering.has_holes(head.get("Id")):
            del head["Id"]
        given = body.get("Statement")
        if rendering.has_holes({k: v for k, v in head.items() if k != "Version"}) or isinstance(
            given, (Hole, Partial)
        ):
            return self.unread(kind, name, key, path, unknown[0])
        if rendering.has_holes(head.get("Version")):
            # the version decides what variables are ("IAM JSON policy elements: Version")
            if _VARIABLE in str(given):
                return self.unread(kind, name, key, path, unknown[0])
            head["Version"] = "2012-10-17"
        if given is None or not isinstance(given, (list, Mapping)):
            self.parsed(kind, name, {**head, **({"Statement": given} if "Statement" in body else {})})
        items = given if isinstance(given, list) else [given]
        if not items:
            self.parsed(kind, name, {**head, "Statement": []})
        where = places or tuple(
            (key, (*path, "Statement", index) if isinstance(given, list) else (*path, "Statement"))
            for index in range(len(items))
        )
        both: tuple[list[Any], list[Any]] = ([], [])
        kept: tuple[list[tuple[str, Path]], list[tuple[str, Path]]] = ([], [])
        for item, place in zip(items, where, strict=False):
            for side, found in enumerate(rendering.sides(item, kind)):
                if found is not None:
                    both[side].append(found)
                    kept[side].append(place)
        wider, narrower = (self._of(kind, name, head, statements) for statements in both)
        return Document(name, key, path, wider, narrower, unknown, tuple(kept[0]), tuple(kept[1]))

    def unsure(self, document: Document, reason: str) -> Document:
        """The document, where it is not known whether it applies: what it allows is in `wider` alone, what
        it denies in `narrower` alone."""
        unknown = tuple(dict.fromkeys((*document.unknown, reason)))
        sides: list[tuple[Policy, tuple[tuple[str, Path], ...]]] = []
        for policy, places in (
            (document.wider, document.wider_places),
            (document.narrower, document.narrower_places),
        ):
            wanted = "Allow" if not sides else "Deny"
            listed = _statements(policy.document)
            indexes = [i for i, item in enumerate(listed) if item.get("Effect") == wanted]
            head = {element: item for element, item in policy.document.items() if element != "Statement"}
            rest = self._of(policy.kind, policy.name, head, [listed[i] for i in indexes])
            whole = places or tuple(document.place(i, wider=not sides) for i in range(len(listed)))
            sides.append((rest, tuple(whole[i] for i in indexes)))
        (wider, above), (narrower, below) = sides
        return replace(
            document,
            wider=wider,
            narrower=narrower,
            unknown=unknown,
            wider_places=above,
            narrower_places=below,
            attached=False,
        )

    def joined(self, documents: Sequence[Document], *, kind: PolicyKind, name: str, key: str) -> Document:
        """Several documents that apply together, as one: a resource has one policy for the evaluator."""
        if len(documents) == 1:
            return documents[0]
        first = documents[0]
        versions = {document.wider.document.get("Version", "2008-10-17") for document in documents}
        if len(versions) > 1 and any(_VARIABLE in str(document.wider.document) for document in documents):
            # what `${...}` means depends on the version, and one document has one version
            return self.unread(kind, name, key, first.path, "its policies have different versions")
        sides = []
        for wider in (True, False):
            statements: list[Any] = []
            places: list[tuple[str, Path]] = []
            for document in documents:
                listed = _statements(document.side(wider=wider).document)
                statements += listed
                places += [document.place(index, wider=wider) for index in range(len(listed))]
            head = {"Version": first.side(wider=wider).document.get("Version", "2012-10-17")}
            sides.append((self._of(kind, name, head, statements), tuple(places)))
        unknown = tuple(dict.fromkeys(reason for document in documents for reason in document.unknown))
        (wide, above), (narrow, below) = sides
        known = all(document.known for document in documents)
        return Document(name, key, first.path, wide, wide if known else narrow, unknown, above, below)


def _statements(body: Mapping[str, Any]) -> list[Any]:
    given = body.get("Statement", [])
    return given if isinstance(given, list) else [given]


def loaded(text: str) -> Any:
    """A document from text; the text itself where it is no JSON, which `parse` will say."""
    if text.lstrip().startswith("%7B"):
        text = unquote(text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _patched(text: Partial) -> Any:
    """JSON text with holes: the document with the holes where they stand in it, or one hole."""
    holes = [part for part in text.parts if isinstance(part, Hole)]
    pieces, number = [], 0
    for part in text.parts:
        if isinstance(part, str):
            pieces.append(part)
        else:
            pieces.append(f"{_OPEN}{number}{_CLOSE}")
            number += 1
    found = loaded("".join(pieces))
    return holes[0] if isinstance(found, str) else _with(found, holes)


def _with(value: Any, holes: list[Hole]) -> Any:
    if isinstance(value, str) and _OPEN in value:
        parts: list[str | Hole] = []
        end = 0
        for match in _MARK.finditer(value):
            if match.start() > end:
                parts.append(value[end : match.start()])
            number = int(match[1])
            parts.append(holes[number] if number < len(holes) else Hole("not known"))
            end = match.end()
        if end < len(value):
            parts.append(value[end:])
        return parts[0] if len(parts) == 1 else Partial(tuple(parts))
    if isinstance(value, dict):
        if any(_OPEN in name for name in value):
            return holes[0]
        return {name: _with(item, holes) for name, item in value.items()}
    return [_with(item, holes) for item in value] if isinstance(value, list) else value
