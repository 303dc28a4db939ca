from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.test import RequestFactory

from kit.events.models import OutboxEvent
from kit.pages import KeysetPage, paginate, paginate_keyset

pytestmark = pytest.mark.django_db


def asking(**query: str) -> HttpRequest:
    return RequestFactory().get("/", query)


@pytest.fixture
def rows() -> list[OutboxEvent]:
    """Thirty rows in ten moments of three each."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return OutboxEvent.objects.bulk_create(
        OutboxEvent(name=f"n{number:02}", payload={}, published_at=start + timedelta(hours=number // 3)) for number in range(30)
    )


def in_order() -> Any:
    return OutboxEvent.objects.order_by("-published_at", "-pk")


def names(page: Any) -> list[str]:
    return [row.name for row in page]


@pytest.mark.parametrize(
    ("asked", "number"),
    [({}, 1), ({"page": "2"}, 2), ({"page": "3"}, 3), ({"page": "99"}, 3), ({"page": "0"}, 3), ({"page": "x"}, 1), ({"page": "-1"}, 3)],
)
def test_each_address_shows_some_page(rows: list[OutboxEvent], asked: dict[str, str], number: int) -> None:
    page = paginate(in_order(), asking(**asked), 12)
    assert page.number == number
    assert page.paginator.num_pages == 3
    assert len(page.object_list) == (6 if number == 3 else 12)


def test_pages_follow_each_other_without_gap_or_double(rows: list[OutboxEvent]) -> None:
    seen = [name for number in (1, 2, 3) for name in names(paginate(in_order(), asking(page=str(number)), 12))]
    assert seen == [f"n{number:02}" for number in range(29, -1, -1)]


def test_counting_stops_at_a_bound(rows: list[OutboxEvent], django_assert_num_queries: Any, django_assert_max_num_queries: Any) -> None:
    page = paginate(in_order(), asking(page="99"), 5, most=20)
    assert page.paginator.count == 20
    assert page.paginator.is_capped  # type: ignore[attr-defined]
    assert page.number == 4
    with django_assert_num_queries(2) as queries:
        list(paginate(in_order(), asking(), 5, most=20))
    assert "LIMIT 20" in queries[0]["sql"]
    assert "ORDER BY" not in queries[0]["sql"]


def test_nothing_is_one_empty_page() -> None:
    page = paginate(in_order(), asking(page="7"), 12)
    assert (page.number, names(page), page.has_other_pages()) == (1, [], False)


def walk(forward: bool, start: KeysetPage[OutboxEvent]) -> list[list[str]]:
    pages, page = [names(start)], start
    while cursor := page.next_cursor if forward else page.previous_cursor:
        page = paginate_keyset(
            OutboxEvent.objects.all(), asking(**{"after" if forward else "before": cursor}), 7, by=("-published_at", "-pk")
        )
        pages.append(names(page))
    return pages


def test_an_endless_list_is_walked_there_and_back_without_gap_or_double(rows: list[OutboxEvent]) -> None:
    first = paginate_keyset(OutboxEvent.objects.all(), asking(), 7, by=("-published_at", "-pk"))
    assert first.previous_cursor == ""
    there = walk(True, first)
    assert [len(page) for page in there] == [7, 7, 7, 7, 2]
    assert [name for page in there for name in page] == [f"n{number:02}" for number in range(29, -1, -1)]
    second_last = paginate_keyset(OutboxEvent.objects.all(), asking(after=first.next_cursor), 7, by=("-published_at", "-pk"))
    assert walk(False, second_last) == [there[1], there[0]]


def test_a_row_that_comes_in_between_moves_nobody(rows: list[OutboxEvent]) -> None:
    first = paginate_keyset(OutboxEvent.objects.all(), asking(), 7, by=("-published_at", "-pk"))
    OutboxEvent.objects.create(name="new", payload={})
    second = paginate_keyset(OutboxEvent.objects.all(), asking(after=first.next_cursor), 7, by=("-published_at", "-pk"))
    assert names(second)[0] == "n22"


def test_rising_order_and_text_work_too() -> None:
    for name in ("b", "a", "c", "ü", "d"):
        Group.objects.create(name=name)
    first = paginate_keyset(Group.objects.all(), asking(), 3, by=("name", "pk"))
    rest = paginate_keyset(Group.objects.all(), asking(after=first.next_cursor), 3, by=("name", "pk"))
    assert names(first) + names(rest) == ["a", "b", "c", "d", "ü"]
    assert rest.next_cursor == ""


def cursor(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "nonsense",
    [
        *("x", "%%%", "a" * 5000, "é", cursor({}), cursor([]), cursor(["a"]), cursor([1, 2, 3]), cursor(["not a date", 5])),
        *(cursor([{"t": "yesterday"}, 5]), cursor([{"t": "2026-01-01T00:00:00+00:00"}, "x"]), cursor([None, None]), cursor([[1], [2]])),
        *(cursor([{"t": "2026-13-45T00:00:00+00:00"}, 1]), cursor(["\x00", 1])),
    ],
)
def test_a_cursor_that_is_none_of_ours_shows_the_first_page(rows: list[OutboxEvent], nonsense: str) -> None:
    for direction in ("after", "before"):
        page = paginate_keyset(OutboxEvent.objects.all(), asking(**{direction: nonsense}), 7, by=("-published_at", "-pk"))
        assert names(page)[0] == "n29"
        assert page.previous_cursor == ""


def test_a_deep_page_costs_what_the_first_costs(rows: list[OutboxEvent], django_assert_num_queries: Any) -> None:
    first = paginate_keyset(OutboxEvent.objects.all(), asking(), 7, by=("-published_at", "-pk"))
    with django_assert_num_queries(1) as queries:
        paginate_keyset(OutboxEvent.objects.all(), asking(after=first.next_cursor), 7, by=("-published_at", "-pk"))
    assert "OFFSET" not in queries[0]["sql"]
