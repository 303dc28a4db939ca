"""Texts that are written to keep the server busy: each is rendered in a time that grows no faster than it does."""

from __future__ import annotations

import time

import pytest

from kit.markdown import MOST_CHARACTERS, MOST_COLOURED, SECONDS_TO_COLOUR, render, render_lesson

SECONDS = 3.0
"""Of the processor's time. Where it grows with the square of the length these texts take from ten seconds to minutes."""
LENGTH = MOST_CHARACTERS // 3


def seconds_for(text: str) -> float:
    begun = time.thread_time()
    render_lesson(text)
    return time.thread_time() - begun


@pytest.mark.parametrize("piece", ["- [ ] a\n", "1. [x] a\n", "- [ ] a\n  "], ids=repr)
def test_endless_checklists_are_rendered_in_time(piece: str) -> None:
    assert seconds_for(piece * (LENGTH // len(piece))) < SECONDS


@pytest.mark.parametrize(
    ("language", "piece"),
    [("csharp", "a\n"), ("gherkin", "\n "), ("c", "\n "), ("html", "<!--"), ("php", "<?php /*"), ("mathematica", "(*")],
)
def test_code_that_takes_a_lexer_too_long_stays_plain(language: str, piece: str) -> None:
    code = piece * (MOST_COLOURED // len(piece) - 1)
    assert seconds_for(f"```{language}\n{code}\n```") < SECONDS
    many = f"```{language}\n{piece * 500}\n```\n\n" * 40
    assert seconds_for(many) < SECONDS


def test_all_code_of_a_text_is_coloured_within_one_allowance() -> None:
    html = render_lesson("```python\nx = 1\n```\n\n" + f"```python\n{'y' * MOST_COLOURED}\n```\n\n```python\nz = 2\n```\n")
    assert html.count('<span class="o">=</span>') == 2
    assert f"<code>{'y' * 100}" in html
    assert 0 < SECONDS_TO_COLOUR < 1


def test_a_language_that_nobody_teaches_stays_plain() -> None:
    assert "<span" not in render_lesson("```brainfuck\n++[>+<-]\n```")
    assert "<span" in render_lesson("```py\nx = 1\n```")


def test_checklists_mark_their_items_and_the_list_around_them() -> None:
    html = render("1. [x] done\n2. plain\n   - [ ] inner\n   - [link](/x)\n")
    assert html.count('class="contains-task-list"') == 2
    assert html.count('class="task-list-item"') == 2
    assert html.count('checked="checked"') == 1
    assert "[x]" not in html
    assert '<a href="/x"' in html


def test_the_words_of_a_link_are_no_box() -> None:
    html = render("- [x] a\n\n[x]: /x\n")
    assert "<input" not in html
    assert '<a href="/x"' in html
