"""What the first page shows. Which works these are is remembered for a minute; their rows are read anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from kit.money import format_money, share
from marketplace.models import Kind, Product
from marketplace.orders.models import OrderLine
from marketplace.search.cached import remembered
from marketplace.search.query import BrowseQuery
from marketplace.storefront.selectors.browsing import creators_with_works

# As the headline says them: nouns in a sentence, each leading to its shelf.
NOUNS = {
    Kind.COURSE: _("courses"),
    Kind.PROMPT: _("prompts"),
    Kind.TEMPLATE: _("templates"),
    Kind.EBOOK: _("books"),
    Kind.PERSONA: _("personas"),
}
BOUGHT_SHOWN = 8
BOUGHT_LEAST = 4
NEW_SHOWN = 4
PEOPLE_SHOWN = 6
PICK_FROM = 30
EXAMPLE_MINOR = 1900


@dataclass(frozen=True)
class Noun:
    word: str
    url: str


@dataclass(frozen=True)
class _Choice:
    """Ids, so that what is remembered is small and never shows an old price."""

    pick: int | None
    bought: tuple[int, ...]
    is_of_this_week: bool
    newest: tuple[int, ...]
    new_this_week: int
    people: tuple[int, ...]
    people_count: int
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Home:
    nouns: list[Noun]
    pick: Product | None
    week_begins: date
    week_ends: date
    bought: list[Product]
    is_of_this_week: bool
    newest: list[Product]
    new_this_week: int
    people: list[User]
    people_count: int


@dataclass(frozen=True)
class SaleSum:
    """What becomes of a sale: the site's own example."""

    price: str
    fee: str
    fee_percent: str
    kept: str


def home_page() -> Home:
    today = timezone.now().date()
    monday = today - timedelta(days=today.weekday())
    chosen = remembered("home", monday, count=lambda: _choose(monday))
    wanted = {*chosen.bought, *chosen.newest} | ({chosen.pick} if chosen.pick else set())
    found = {
        product.pk: product
        for product in Product.objects.live().filter(pk__in=wanted).for_cards().defer("description", "sample_output", "search")
    }
    base = reverse("marketplace")
    return Home(
        nouns=[
            Noun(str(word), BrowseQuery(kind=kind).url(base)) for kind, word in NOUNS.items() if kind in chosen.kinds or not chosen.kinds
        ],
        pick=found.get(chosen.pick) if chosen.pick else None,
        week_begins=monday,
        week_ends=monday + timedelta(days=6),
        bought=[found[pk] for pk in chosen.bought if pk in found],
        is_of_this_week=chosen.is_of_this_week,
        newest=[found[pk] for pk in chosen.newest if pk in found],
        new_this_week=chosen.new_this_week,
        people=creators_with_works(list(chosen.people)),
        people_count=chosen.people_count,
    )


def sale_sum() -> SaleSum:
    currency, fee = settings.DEFAULT_CURRENCY, share(EXAMPLE_MINOR, settings.PLATFORM_FEE_BPS)
    return SaleSum(
        price=format_money(EXAMPLE_MINOR, currency),
        fee=format_money(-fee, currency),
        fee_percent=f"{settings.PLATFORM_FEE_BPS / 100:g}",
        kept=format_money(EXAMPLE_MINOR - fee, currency),
    )


def _choose(monday: date) -> _Choice:
    live = Product.objects.live()
    since = timezone.now() - timedelta(days=7)
    bought = tuple(_bought_since(since))
    is_of_this_week = len(bought) >= BOUGHT_LEAST
    if not is_of_this_week:
        bought = tuple(live.order_by("-download_count", "-pk").values_list("pk", flat=True)[:BOUGHT_SHOWN])
    by_works = live.values("creator").annotate(n=Count("pk")).order_by("-n", "creator")
    return _Choice(
        pick=_pick(monday),
        bought=bought,
        is_of_this_week=is_of_this_week,
        newest=tuple(live.order_by("-published_at", "-pk").values_list("pk", flat=True)[:NEW_SHOWN]),
        new_this_week=live.filter(published_at__gte=since).count(),
        people=tuple(row["creator"] for row in by_works[:PEOPLE_SHOWN]),
        people_count=by_works.count(),
        kinds=tuple(live.order_by().values_list("kind", flat=True).distinct()),
    )


def _bought_since(since: object) -> list[int]:
    sold = OrderLine.objects.filter(sold_at__gte=since, refunded_minor=0, product__state="live").values("product")
    rows = sold.annotate(n=Count("pk")).order_by("-n", "-product__download_count", "-product")[:BOUGHT_SHOWN]
    return [row["product"] for row in rows]


def _pick(monday: date) -> int | None:
    """Another of the best each Monday: of the thirty best-rated works with enough reviews the week's turn, else the most downloaded."""
    live = Product.objects.live()
    best = list(
        live.filter(rating_count__gte=3, rating_average__gte=4)
        .order_by("-rating_average", "-rating_count", "-pk")
        .values_list("pk", flat=True)[:PICK_FROM]
    )
    if not best:
        best = list(live.order_by("-download_count", "-pk").values_list("pk", flat=True)[:1])
    return best[monday.toordinal() // 7 % len(best)] if best else None
