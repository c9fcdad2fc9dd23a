"""Asks a real browser how a picture looks: headless Chromium, told by a page that measures itself."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MERMAID = ROOT / ".venv-browser" / "mermaid.min.js"
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: `make browser` installs one")
needs_mermaid = pytest.mark.skipif(
    CHROMIUM is None or not MERMAID.exists(), reason="no Chromium or no Mermaid here: `make browser`"
)

_MEASURE = """
const root = document.querySelector('svg');
const flat = r => [r.left, r.top, r.right, r.bottom];
const boxes = [...root.querySelectorAll('rect')].map(e => flat(e.getBoundingClientRect()));
const scale = root.getBoundingClientRect().width / root.viewBox.baseVal.width;
const texts = [...root.querySelectorAll('text')].map(e => ({
  text: [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data).join(''),
  style: e.getAttribute('class') || '',
  size: parseFloat(getComputedStyle(e).fontSize) * scale,
  colour: getComputedStyle(e).fill,
  at: flat(e.getBoundingClientRect()),
}));
return {frame: flat(root.getBoundingClientRect()), boxes, texts,
        requests: performance.getEntriesByType('resource').map(e => e.name)};
"""


def ask(page: str, folder: Path, *, flags: tuple[str, ...] = ()) -> Any:
    """What the page's script put, as JSON, into the element `answer`."""
    assert CHROMIUM is not None
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    ran = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         "--hide-scrollbars", f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=120000",
         "--dump-dom", *flags, file.as_uri()],
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    _, found, rest = ran.stdout.partition('<pre id="answer">')
    assert found, ran.stderr[-2000:]
    return json.loads(html.unescape(rest.partition("</pre>")[0]))


def measured(svg: str, folder: Path, *, width: int = 1440, dark: bool = False) -> Any:
    """Texts and boxes of a picture that is shown `width` pixels wide, in pixels."""
    page = (
        "<!doctype html><meta charset=utf-8><style>body{margin:0}"
        f"svg{{display:block;width:{width}px;height:auto}}</style>{svg}"
        '<pre id="answer"></pre><script>document.getElementById("answer").textContent = '
        f"JSON.stringify((() => {{{_MEASURE}}})())</script>"
    )
    flags = (f"--window-size={width},1000", *(("--blink-settings=preferredColorScheme=0",) if dark else ()))
    return ask(page, folder, flags=flags)


def mermaid_problems(texts: dict[str, str], folder: Path) -> dict[str, str]:
    """Name -> what Mermaid says against the text; empty: it draws it."""
    given = json.dumps(texts).replace("</", "<\\/")
    page = f"""<!doctype html><meta charset=utf-8><pre id="answer"></pre>
<script src="{MERMAID.as_uri()}"></script><script>(async () => {{
  const texts = {given}, said = {{}};
  mermaid.initialize({{startOnLoad: false}});
  for (const name in texts) {{
    try {{
      await mermaid.parse(texts[name]);
      const drawn = await mermaid.render('m' + Object.keys(said).length, texts[name]);
      said[name] = drawn.svg.includes('<svg') ? '' : 'nothing was drawn';
    }} catch (error) {{ said[name] = String(error); }}
  }}
  document.getElementById('answer').textContent = JSON.stringify(said);
}})()</script>"""
    found: dict[str, str] = ask(page, folder)
    return found
