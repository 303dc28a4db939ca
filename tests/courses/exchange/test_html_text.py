"""Pages that are written to keep the server busy."""

from __future__ import annotations

import time

import pytest

from courses.exchange.formats.html_text import MOST_NESTED, html_to_line, html_to_markdown
from courses.exchange.formats.site_pages import from_sites, read_summary
from courses.exchange.report import Report
from kit.files import RefusedFile


@pytest.mark.parametrize("opening", ["<blockquote>", "<ul><li>", "<table><tr><td>", "<b>", "<dl><dd>"])
def test_a_page_nested_without_measure_is_refused(opening: str) -> None:
    # A quotation within a thousand others makes four hundred megabytes of a page of one.
    with pytest.raises(RefusedFile, match="nested too deeply"):
        html_to_markdown(opening * 1000 + "x<br>" * 1000)


def test_a_page_that_nests_as_people_do_is_read() -> None:
    page = "<ul><li>" * 12 + "<b>inmost</b>" + "</li></ul>" * 12
    markdown, _videos = html_to_markdown(page)
    assert "**inmost**" in markdown
    assert MOST_NESTED > 24


@pytest.mark.parametrize("opening", ["\\\\(", "\\\\[", "[mathjaxinline]", "[mathjax]"])
def test_formulas_that_never_end_take_no_time(opening: str) -> None:
    began = time.perf_counter()
    html_to_markdown(f"<p>{opening * 60_000}</p>")
    assert time.perf_counter() - began < 5


def test_formulas_become_ours_and_prices_stay() -> None:
    page = r"<p>\(x_1\) costs $5, [mathjaxinline]\frac{1}{2}[/mathjaxinline] is \[a &lt; b\] <code>\(no\)</code></p>"
    assert html_to_markdown(page)[0] == r"$x_1$ costs \$5, $\frac{1}{2}$ is $$a < b$$ `\(no\)`"


def test_an_answer_is_one_line_without_pictures() -> None:
    assert html_to_line('<p>One <b>n</b></p><p><img src="n.png" alt="of [two]"></p>') == r"One **n** of \[two\]"


@pytest.mark.parametrize("piece", ["`", "`a", "<img ", "{{< youtube ", "![", "![a](b){", "~~~\n", "{{<"])
def test_pages_of_sites_that_never_end_take_no_time(piece: str) -> None:
    began = time.perf_counter()
    from_sites(piece * 50_000, "a.md", Report())
    read_summary("- " + piece * 50_000)
    assert time.perf_counter() - began < 5
