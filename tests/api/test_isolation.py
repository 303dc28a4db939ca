"""Each sees her own (R34): every refusal leaves things as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kit.events.testing import deliver_all
from marketplace.delivery.models import Download
from marketplace.models import Product
from marketplace.orders.models import Order
from marketplace.reviews.models import Review
from tests.api.caller import Caller, refusal
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stores(standing_stores: Path) -> Path:
    return standing_stores


def test_somebody_else_s_orders_are_not_there(api: Caller, world: World) -> None:
    cleo = api.of(world.cleo)
    assert refusal(cleo.get(f"/payments/orders/{world.paid.number}")) == (404, "no_such_order")
    assert cleo.get("/payments/history").json() == {"items": [], "count": 0}
    assert cleo.get("/users/me/purchases").json() == {"items": [], "count": 0}
    assert [one["number"] for one in api.of(world.ben).get("/payments/history").json()["items"]][-1] == world.paid.number


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"title": "Mine now"}),
        ("DELETE", "", None),
        ("POST", "/submission", None),
        ("DELETE", "/submission", None),
        ("POST", "/publication", None),
        ("DELETE", "/publication", None),
        ("GET", "/versions", None),
        ("POST", "/versions", {"label": "9"}),
        ("POST", "/versions/publication", None),
        ("DELETE", "/cover", None),
    ],
)
def test_somebody_else_s_products_are_not_there_and_stay_as_they_are(
    api: Caller, world: World, method: str, rest: str, body: dict[str, Any] | None
) -> None:
    before = list(Product.objects.order_by("pk").values())
    for product in (world.draft, world.live):
        path = f"/creator/products/{product.slug}{rest}"
        assert refusal(api.of(world.eve).call(method, path, body)) == (404, "product_not_found")
        assert refusal(api.of(world.ben).call(method, path, body)) == (403, "creators_only")  # R31
    assert list(Product.objects.order_by("pk").values()) == before


def test_what_is_not_on_sale_is_not_shown(api: Caller, world: World) -> None:
    for product in (world.draft, world.submitted, world.rejected, world.archived):
        assert refusal(api.get(f"/marketplace/products/{product.slug}")) == (404, "product_not_found")
        assert refusal(api.get(f"/marketplace/products/{product.slug}/reviews")) == (404, "product_not_found")
    shown = {work["slug"] for work in api.get("/marketplace/products").json()["products"]}
    assert shown == {world.live.slug, world.free.slug, world.pwyw.slug, world.school.listing.slug, "later-grids"}


def test_files_are_for_those_who_have_the_work(api: Caller, world: World) -> None:  # R38, R122
    path = f"/marketplace/products/{world.live.slug}/files/{world.asset.pk}/download"
    assert refusal(api.post(path)) == (401, "not_signed_in")
    assert refusal(api.of(world.cleo).post(path)) == (404, "no_such_file")
    assert refusal(api.of(world.dan).post(path)) == (403, "access_ended")
    assert not Download.objects.exists()
    link = api.of(world.ben).post(path).json()
    assert (link["name"], link["expires_in"]) == ("book.pdf", 60)  # R123
    assert Download.objects.get().user == world.ben


class TestRating:  # R43, R51
    def test_only_those_who_have_it(self, api: Caller, world: World) -> None:
        before = Review.objects.count()
        for person in (world.cleo, world.dan, world.ada):
            answer = api.of(person).put(f"/marketplace/products/{world.live.slug}/rating", {"stars": 1})
            assert refusal(answer) == (403, "may_not_review")
        assert Review.objects.count() == before

    def test_a_second_rating_replaces_the_first_and_can_be_taken_back(self, api: Caller, world: World) -> None:
        ben = api.of(world.ben)
        path = f"/marketplace/products/{world.live.slug}"
        ben.put(f"{path}/rating", {"stars": 2, "title": "Hm", "text": "After a while."})
        listed = api.get(f"{path}/reviews").json()
        assert [(one["author"], one["stars"], one["verified"]) for one in listed["items"]] == [("ben", 2, True)]
        assert api.get(path).json()["rating_average"] == 2.0
        assert ben.delete(f"{path}/rating").status_code == 204
        assert ben.delete(f"{path}/rating").status_code == 204
        assert api.get(path).json()["rating_average"] is None


class TestBuying:  # R93
    def checkout(self, caller: Caller, product: Product, **changes: Any) -> Any:
        item = {"slug": product.slug, "price_minor": product.price_minor, "currency": product.currency} | changes
        return caller.post("/payments/checkout", {"items": [item], "idempotency_key": f"buys-{product.slug}"})

    def test_what_cannot_be_bought_says_why_and_orders_nothing(self, api: Caller, world: World) -> None:
        before = Order.objects.count()
        assert refusal(self.checkout(api.of(world.ada), world.live)) == (409, "cannot_buy")
        assert self.checkout(api.of(world.ben), world.live).json()["reason"] == "owned"
        assert refusal(self.checkout(api.of(world.cleo), world.live, price_minor=100)) == (409, "price_changed")
        assert refusal(self.checkout(api.of(world.cleo), world.pwyw, offered_minor=1)) == (422, "offer_refused")
        assert refusal(self.checkout(api.of(world.cleo), world.draft)) == (409, "nothing_to_order")
        assert Order.objects.count() == before

    def test_a_free_work_is_there_at_once(self, api: Caller, world: World) -> None:
        cleo = api.of(world.cleo)
        answer = self.checkout(cleo, world.free).json()
        deliver_all()
        assert (answer["order"]["state"], answer["checkout_url"]) == ("paid", None)
        assert [one["slug"] for one in cleo.get("/users/me/purchases").json()["items"]] == [world.free.slug]
