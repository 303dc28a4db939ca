"""The dashboard's figures are sums of rows: sales, the ledger, views and downloads (R69, R85, R105, R124)."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from kit.events.testing import deliver_all
from marketplace.insights.models import ProductDay
from marketplace.models import Product
from marketplace.office.charts import BASE, draw_bars, round_up
from marketplace.office.periods import Period
from marketplace.office.selectors import list_balances, read_activity, read_product_rows
from marketplace.orders.services.refunds import refund_order
from tests.factories import make_product, make_user
from tests.marketplace.orders.shop import buy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_balance")]


@pytest.fixture
def ebook(ada: User) -> Product:
    return make_product(ada, title="Salt kiln", price_minor=1900)


def month() -> Period:
    return Period(days=30, last=timezone.localdate())


def test_a_day_shows_what_was_sold_seen_and_earned_on_it(ada: User, ben: User, cleo: User, ebook: Product) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=3), tick=True):
        buy(ben, ebook)
        sold_on = timezone.localdate()
        ProductDay.objects.create(product=ebook, day=sold_on, views=7)
    buy(cleo, ebook)

    activity = read_activity(ada, month(), "EUR")

    assert len(activity.days) == 30
    assert (activity.days[sold_on].sold, activity.days[sold_on].views, activity.days[sold_on].earned_minor) == (1, 7, 1330)
    assert (activity.total.sold, activity.total.earned_minor) == (2, 2660)  # 70 % of 2 × 19.00 (R114)
    assert activity.days[sold_on + timedelta(days=1)].sold == 0


def test_a_refund_takes_the_sale_and_its_earning_out_again(ada: User, ben: User, mo: User, ebook: Product) -> None:
    order = buy(ben, ebook)
    refund_order(order, by=mo, reason="Bought by mistake")
    deliver_all()

    activity = read_activity(ada, month(), "EUR")
    assert (activity.total.sold, activity.total.earned_minor) == (0, 0)
    assert list_balances(ada)[0].total_minor == 0


def test_a_later_price_changes_no_past_figure(ada: User, ben: User, ebook: Product) -> None:
    buy(ben, ebook)
    Product.objects.filter(pk=ebook.pk).update(price_minor=9900)
    assert read_activity(ada, month(), "EUR").total.earned_minor == 1330


def test_one_creator_never_sees_anothers_sales(ada: User, ben: User, ebook: Product) -> None:
    other = make_user("zoe", creator=True)
    hers = make_product(other, title="Other", price_minor=500)
    buy(ben, ebook, hers)

    assert read_activity(ada, month(), "EUR").total.earned_minor == 1330
    assert read_activity(other, month(), "EUR").total.earned_minor == 350
    assert read_product_rows(other, [hers], month(), "EUR")[hers.pk].sold == 1
    assert read_product_rows(ada, [hers], month(), "EUR")[hers.pk].earned_minor == 0


def test_currencies_are_never_added_up(ada: User, ben: User, ebook: Product) -> None:
    yen = make_product(ada, title="In yen", price_minor=1000, currency="JPY")
    buy(ben, ebook)
    buy(ben, yen)

    assert {balance.currency: balance.total_minor for balance in list_balances(ada)} == {"EUR": 1330, "JPY": 700}
    assert read_activity(ada, month(), "JPY").total.earned_minor == 700
    assert read_activity(ada, month(), "JPY", product=yen).total.sold == 1


def test_the_overview_the_list_and_the_earnings_show_the_sale(client: Client, ada: User, ben: User, ebook: Product) -> None:
    order = buy(ben, ebook)
    client.force_login(ada)

    overview = client.get(reverse("dashboard"))
    assert overview.status_code == 200
    assert "€13.30" in overview.content.decode()
    assert "1 sale since midnight" in overview.content.decode()

    assert "Salt kiln" in client.get(reverse("dashboard_products")).content.decode()
    earnings = client.get(reverse("dashboard_earnings")).content.decode()
    assert order.number in earnings
    assert "€19.00" in earnings
    assert "−€5.70" in earnings
    assert "available on" in earnings
    figures = client.get(reverse("product_analytics", args=[ebook.slug]))
    assert "€13.30" in figures.content.decode()


def test_the_chart_answers_htmx_with_its_fragment_alone(client: Client, ada: User, ebook: Product) -> None:
    client.force_login(ada)
    answer = client.get(reverse("dashboard"), {"days": "7", "metric": "views"}, headers={"HX-Request": "true"}).content.decode()
    assert answer.strip().startswith('<div id="activity">')
    assert "<html" not in answer
    assert "Last 7 days" in answer


@pytest.mark.parametrize("query", ["days=0", "days=abc", "metric=salary", "currency=XXX", "page=999", "state=nonsense"])
def test_a_strange_address_is_read_as_the_ordinary_one(client: Client, ada: User, ebook: Product, query: str) -> None:
    client.force_login(ada)
    for name in ("dashboard", "dashboard_products", "dashboard_earnings"):
        assert client.get(f"{reverse(name)}?{query}").status_code == 200


def test_the_csv_holds_every_entry_in_major_units(client: Client, ada: User, ben: User, ebook: Product) -> None:
    order = buy(ben, ebook)
    client.force_login(ada)
    answer = client.get(reverse("dashboard_earnings_csv"))
    assert answer["Content-Disposition"].startswith("attachment")
    text = answer.getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["what"], row["order"], row["buyer_paid"], row["site_share"], row["yours"], row["currency"]) for row in rows] == [
        ("Salt kiln", order.number, "19.00", "-5.70", "13.30", "EUR")
    ]


def test_a_buyer_is_told_that_only_creators_come_in(client: Client, ben: User) -> None:
    client.force_login(ben)  # R31
    for name in ("dashboard", "dashboard_products", "dashboard_earnings", "dashboard_earnings_csv"):
        assert client.get(reverse(name)).status_code == 403


def test_a_strangers_figures_are_not_found(client: Client, ebook: Product) -> None:
    client.force_login(make_user("zoe", creator=True))
    assert client.get(reverse("product_analytics", args=[ebook.slug])).status_code == 404


@pytest.mark.parametrize("name", ["dashboard", "dashboard_products", "dashboard_earnings"])
def test_the_number_of_queries_does_not_grow_with_the_rows(client: Client, ada: User, ebook: Product, name: str) -> None:

    client.force_login(ada)
    buy(make_user(), ebook)
    client.get(reverse(name))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse(name))
    for n in range(8):
        buy(make_user(), make_product(ada, title=f"More {n}", price_minor=700))
    with CaptureQueriesContext(connection) as many:
        client.get(reverse(name))
    assert len(many) <= len(one)


def test_an_axis_ends_on_a_round_number_above_the_highest_bar() -> None:
    for value in (0, 1, 3, 7, 19, 101, 1330, 99_999):
        top = round_up(value, 4)
        assert top >= value
        assert top % 4 == 0
    assert round_up(1330, 4) == 2000


def test_the_highest_bar_stands_inside_the_picture_and_the_title_names_it() -> None:
    days = [date(2026, 11, 1) + timedelta(days=n) for n in range(7)]
    chart = draw_bars(days, [0, 5, 40, 0, -3, 8, 1], [1] * 7, what="Sold", show=str, today=days[-1])
    assert max(bar.height for bar in chart.bars) <= BASE
    assert chart.bars[4].height == 0
    assert [bar.is_today for bar in chart.bars] == [False] * 6 + [True]
    assert chart.title == "Sold, 1 November – 7 November; 3 November: 40"


def test_a_period_counts_today_in() -> None:
    period = Period.parse("7")
    assert len(period.dates) == 7
    assert period.dates[-1] == timezone.localdate()
    assert period.before.last == period.first - timedelta(days=1)
    assert Period.parse("-1").days == 30
