"""Pages that are written to keep the server busy."""

from __future__ import annotations

import pytest

from courses.exchange.formats.html_text import MOST_NESTED, html_to_markdown
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
