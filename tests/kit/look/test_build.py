"""The static build: every icon that a template names is drawn, pages' own assets are there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DIST = ROOT / "static" / "dist"
LUCIDE = ROOT / "node_modules" / "lucide-static" / "icons"
NODE = shutil.which("node", path=f"{ROOT / '.venv' / 'bin'}:/usr/local/bin:/usr/bin")

built = pytest.mark.skipif(not (DIST / "app.css").exists(), reason="static/dist is not built (npm run build)")
modules = pytest.mark.skipif(not LUCIDE.exists() or not NODE, reason="node or node_modules is missing (npm ci)")


@modules
def test_every_icon_that_is_named_exists() -> None:
    missing = []
    for path in (ROOT / "templates").rglob("*.html"):
        for name in re.findall(r"\{%\s*icon\s+[\"']([a-z0-9-]+)", path.read_text()):
            if not (LUCIDE / f"{name.removesuffix('-fill')}.svg").exists():
                missing.append(f"{path.relative_to(ROOT)}: {name}")
    assert missing == []


@modules
def test_a_name_that_lucide_lacks_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text('{% icon "no-such-picture" %}')
    (tmp_path / "static" / "src").mkdir(parents=True)
    shutil.copytree(ROOT / "static" / "src" / "icons", tmp_path / "static" / "src" / "icons")
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    build = f'import {{ buildSprite }} from "{ROOT}/static/src/build/sprite.mjs";'
    script = f"{build} await buildSprite({str(tmp_path)!r}, {str(tmp_path / 'out.svg')!r});"
    assert NODE
    run = subprocess.run([NODE, "--input-type=module", "-e", script], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode != 0
    assert 'templates/page.html names the icon "no-such-picture"' in run.stderr
    assert not (tmp_path / "out.svg").exists()


@built
def test_the_stylesheet_holds_both_themes_and_our_parts() -> None:
    css = (DIST / "app.css").read_text()
    for part in ("data-theme=darkroom", ".work", ".ledger", ".field", ".toast-line", ".dialog", "prefers-reduced-motion"):
        assert part in css


@built
def test_every_font_that_the_stylesheet_names_is_there() -> None:
    named = set(re.findall(r"url\(\./(fonts/[\w-]+\.woff2)\)", (DIST / "app.css").read_text()))
    assert len(named) > 10
    assert [name for name in named if not (DIST / name).exists()] == []


@built
def test_nothing_is_fetched_from_elsewhere() -> None:
    for path in [DIST / "app.css", *DIST.rglob("*.js")]:
        assert re.findall(r"(?:url\(|import\s*\(?|fetch\()\s*[\"']?https?://", path.read_text()) == []


@built
def test_the_first_script_stays_small() -> None:
    assert (DIST / "app.js").stat().st_size < 16_000
