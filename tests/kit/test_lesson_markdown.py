"""What lessons have besides: formulas, callouts, headings to link to."""

from __future__ import annotations

import time

import pytest
from django.utils import translation

from kit import callouts
from kit.markdown import render, render_lesson
from tests.kit.xss import Seen


def test_formulas_keep_their_source_as_code_for_the_script_to_set() -> None:
    assert '<p>So <span class="math"><code>a^2 &lt; b</code></span>.</p>' in render_lesson("So $a^2 < b$.")
    assert '<div class="math" tabindex="0"><code>x =\n\\frac{1}{2}</code></div>' in render_lesson("$$\nx =\n\\frac{1}{2}\n$$")
    assert '<span class="math math-display"><code>\\int x</code></span>' in render_lesson("and $$\\int x$$ then")


def test_backslashes_and_stars_within_a_formula_are_the_formulas() -> None:
    assert "<code>a_1 * b_2 * c \\\\ d</code>" in render_lesson(r"$a_1 * b_2 * c \\ d$")


@pytest.mark.parametrize("text", ["$5 and $10", "It costs $5.", r"\$a$", "`$a$`", "a $ b $ c", "$$", "$ $", "1$a$"])
def test_money_and_code_are_no_formulas(text: str) -> None:
    assert "math" not in render_lesson(text)


def test_a_formula_in_a_code_block_is_code() -> None:
    assert "math" not in render_lesson("```\n$$\na\n$$\n```")


def test_texts_about_works_have_neither_formulas_nor_callouts() -> None:
    html = render("$a$\n\n> [!NOTE]\n> b")
    assert "math" not in html
    assert "callout" not in html


@pytest.mark.parametrize("kind", callouts.KINDS)
def test_a_quotation_that_names_a_kind_is_a_callout(kind: str) -> None:
    html = render_lesson(f"> [!{kind.upper()}]\n> Mind the **gap**.\n>\n> - and this")
    assert f'<div class="callout callout-{kind}" role="note">' in html
    assert f'<p class="callout-title">{callouts.KINDS[kind]}</p>\n<p>Mind the <strong>gap</strong>.</p>' in html
    assert "<li>and this</li>" in html
    assert "blockquote" not in html
    assert "[!" not in html


def test_other_quotations_stay_quotations() -> None:
    for text in ("> [!NOTE] with words behind", "> [!NEWS]\n> b", "> a\n> [!NOTE]", "[!NOTE]"):
        html = render_lesson(text)
        assert "callout" not in html
        assert "[!" in html


def test_a_callout_within_a_quotation_closes_where_it_should() -> None:
    html = render_lesson("> outer\n>\n> > [!TIP]\n> > inner\n>\n> outer again")
    assert html.index("<blockquote>") < html.index('<div class="callout callout-tip"') < html.index("</div>") < html.index("outer again")
    assert html.rstrip().endswith("</blockquote>")


def test_the_title_of_a_callout_is_in_the_readers_language_although_texts_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(callouts.KINDS, "note", translation.gettext_lazy("Title"))
    with translation.override("en"):
        assert '<p class="callout-title">Title</p>' in render_lesson("> [!NOTE]\n> in two languages")
    monkeypatch.setitem(callouts.KINDS, "note", "Titel")
    with translation.override("de"):
        assert '<p class="callout-title">Titel</p>' in render_lesson("> [!NOTE]\n> in two languages")


def test_headings_can_be_linked_to_where_that_is_asked_for() -> None:
    html = render_lesson("# Two *strokes*\n\n## Two strokes\n\n## ¿Qué?\n\n## !!!", anchors=True)
    assert [attributes["id"] for tag, attributes in Seen(html).tags if tag.startswith("h")] == [
        "h-two-strokes",
        "h-two-strokes_2",
        "h-qué",
        "h-part",
    ]
    assert "id=" not in render_lesson("# Two strokes")


@pytest.mark.parametrize(
    "bomb",
    ["$$a\n# b\n" * 6_000, "$a" * 25_000, "$" * 50_000, "> [!NOTE]\n" * 5_000, "# x\n" * 12_500, ("$$a\n# b\n" * 29 + "\n$$\n") * 200],
)
def test_a_text_made_to_waste_time_does_not(bomb: str) -> None:
    began = time.process_time()
    render_lesson(bomb, anchors=True)
    assert time.process_time() - began < 8
