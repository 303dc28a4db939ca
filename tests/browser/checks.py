"""What is checked of any page: axe finds nothing, nothing scrolls sideways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = [390, 768, 1024, 1440]


def axe_findings(page: Page) -> list[str]:
    """WCAG 2.2 AA and best practice, one line for each place that breaks a rule."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci)")
    # By evaluation rather than a script element: the page's content policy stays as it is.
    page.evaluate(AXE.read_text())
    # Only what breaks a rule is described; style sheets are not fetched once more for rules that are not asked.
    result: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'], preload: false})", TAGS
    )
    return [f"{rule['id']}: {node['html'][:200]} ({node['failureSummary']})" for rule in result["violations"] for node in rule["nodes"]]


def sideways(page: Page) -> list[str]:
    """What sticks out to the side, if the page can be scrolled that way."""
    return page.evaluate("""() => {
        const width = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= width) return [];
        return [...document.body.querySelectorAll("*")]
            .filter(element => element.getBoundingClientRect().right > width + 1)
            .map(element => element.outerHTML.slice(0, 120));
    }""")
