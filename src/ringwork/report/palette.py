"""Colours for page and diagram, light and dark. A test holds their contrast."""

from __future__ import annotations

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "page": "#f6f7f9",
    "panel": "#ffffff",
    "sunken": "#eef1f5",
    "line": "#d3dae3",
    "ink": "#17202b",
    "muted": "#536072",
    "accent": "#2456c7",
    "proved": "#17734a",
    "proved-soft": "#e3f3ea",
    "unknown": "#8a5a00",
    "unknown-soft": "#fbf0d9",
    "violated": "#b3261e",
    "violated-soft": "#fbe6e4",
    "restricted": "#8a2f7c",
    "confidential": "#2456c7",
    "internal": "#0f6f75",
    "public": "#5c6675",
}
DARK: Mapping[str, str] = {
    "page": "#0e131a",
    "panel": "#151c26",
    "sunken": "#1d2632",
    "line": "#303c4b",
    "ink": "#e7ecf3",
    "muted": "#a3b0c0",
    "accent": "#8fb2ff",
    "proved": "#62d19b",
    "proved-soft": "#14322a",
    "unknown": "#f0bb62",
    "unknown-soft": "#392c14",
    "violated": "#ff8f86",
    "violated-soft": "#431f21",
    "restricted": "#e59ad8",
    "confidential": "#8fb2ff",
    "internal": "#6cd0d6",
    "public": "#a9b4c2",
}


def rules(selector: str) -> str:
    """CSS: the colours as custom properties `--rw-NAME` on `selector`; dark by the reader's preference.

    Print is always light.
    """

    def block(colours: Mapping[str, str]) -> str:
        return selector + "{" + "".join(f"--rw-{name}:{value};" for name, value in colours.items()) + "}"

    dark = f"@media screen and (prefers-color-scheme:dark){{{block(DARK)}}}"
    return block(LIGHT) + dark
