"""Links in Markdown, found and changed."""

from __future__ import annotations

import time

import pytest

from courses.exchange.links import Link, relink

PIECES = ["\\[", "[", "![", "[a](", "[[a]", "[\\]", "[[\\]", "[a](b(", '[a](b "', "[a](\n", "[a]: ", "]["]


def shout(link: Link) -> str:
    return link.target.upper()


@pytest.mark.parametrize("piece", PIECES, ids=repr)
def test_texts_that_only_begin_links_are_read_in_time(piece: str) -> None:
    begun = time.thread_time()
    relink(piece * (100_000 // len(piece)), shout)
    assert time.thread_time() - begun < 2


@pytest.mark.parametrize(
    "text", ["[a](" + " " * 100_000, "[a](b" + " " * 100_000, "[" + "[a]" * 30_000], ids=["before", "behind", "within"]
)
def test_one_link_that_never_ends_is_read_in_time(text: str) -> None:
    begun = time.thread_time()
    assert relink(text, shout) == text
    assert time.thread_time() - begun < 2


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        (r"\[a](b)", r"\[a](b)"),
        (r"\\[a](b)", r"\\[a](B)"),
        (r"\![a](b)", r"\![a](B)"),
        (r"[a\](b) c](d)", r"[a\](b) c](D)"),
        ("[![a](b)](c)", "[![a](B)](C)"),
        ("[a](\n  b)", "[a](B)"),
        ('![a](<b c> "d")', '![a](<B C> "d")'),
        ("[a]: b", "[a]: B"),
    ],
)
def test_links_are_found_where_markdown_sees_them(text: str, changed: str) -> None:
    assert relink(text, shout) == changed
