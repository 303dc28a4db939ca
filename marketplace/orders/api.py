"""Buying by the API (R93, R95, R120)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.pagination import paginate
from pydantic import StringConstraints

from accounts.api_auth import auth_for, user_auth
from accounts.models import Scope, User
from kit.api import Paged, refusals
from kit.errors import NotFound
from kit.ratelimit import limit
from marketplace.api_schemas import Slug
from marketplace.models import Product
from marketplace.orders.access import get_own_order
from marketplace.orders.countries import is_country
from marketplace.orders.errors import NothingToOrder
from marketplace.orders.models import Order
from marketplace.orders.selectors import purchases_of
from marketplace.orders.services.ordering import Wanted, place_order
from marketplace.orders.services.paying import pay_order

payments_router = Router(tags=["payments"])


class WantedIn(Schema):
    """One work. `price_minor` and `currency` are what was seen: where they are not the price of now, the order is refused.
    `offered_minor` is for pay-what-you-want."""

    slug: Slug
    price_minor: int = Field(ge=0, le=99_999_999)
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    offered_minor: int | None = Field(None, ge=0, le=99_999_999)


class CheckoutIn(Schema):
    items: list[WantedIn] = Field(min_length=1, max_length=50)
    idempotency_key: Annotated[str, StringConstraints(min_length=8, max_length=200)] = Field(
        description="Of your choosing, one for each purchase; the same key gives the same order."
    )
    billing_name: Annotated[str, StringConstraints(max_length=120)] = ""
    billing_country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = ""


class LineOut(Schema):
    product: str
    title: str
    kind: str
    creator: str
    paid_minor: int
    refunded_minor: int


class OrderOut(Schema):
    number: str
    state: str
    currency: str
    total_minor: int
    created_at: datetime
    paid_at: datetime | None
    expires_at: datetime
    lines: list[LineOut]

    @staticmethod
    def resolve_lines(order: Order) -> list[dict[str, Any]]:
        return [
            {
                "product": line.product.slug,
                "title": line.title,
                "kind": line.kind,
                "creator": line.creator.username,
                "paid_minor": line.paid_minor,
                "refunded_minor": line.refunded_minor,
            }
            for line in order.lines.all()
        ]


class CheckoutOut(Schema):
    """`checkout_url` is where the buyer pays; null for what costs nothing, which is hers at once."""

    order: OrderOut
    payment_id: UUID | None
    checkout_url: str | None


@payments_router.post(
    "/checkout", response={200: CheckoutOut, **refusals(409, 503)}, auth=auth_for(Scope.BUY), summary="Order and start to pay"
)
def create_checkout(request: HttpRequest, payload: CheckoutIn) -> dict[str, Any]:
    user = cast(User, request.user)
    limit("checkout", rate="30/10m", request=request, by="user")
    slugs = [item.slug for item in payload.items]
    products = {product.slug: product for product in Product.objects.live().filter(slug__in=slugs)}
    if len(products) != len(set(slugs)) or len(slugs) != len(set(slugs)):
        raise NothingToOrder
    wanted = [Wanted(products[item.slug].pk, item.price_minor, item.currency, item.offered_minor) for item in payload.items]
    order = place_order(wanted, by=user, idempotency_key=payload.idempotency_key)
    if order.total_minor == 0 or order.is_settled:
        return {"order": _read(user, order.number), "payment_id": None, "checkout_url": None}
    country = payload.billing_country if is_country(payload.billing_country) else ""
    payment = pay_order(order, by=user, billing_name=payload.billing_name or user.name[:120], billing_country=country)
    return {"order": _read(user, order.number), "payment_id": payment.pk, "checkout_url": payment.checkout_url or None}


@payments_router.get("/history", response=list[OrderOut], auth=user_auth, summary="What I paid")
@paginate(Paged)
def history(request: HttpRequest) -> QuerySet[Order]:
    return purchases_of(cast(User, request.user))


@payments_router.get("/orders/{number}", response={200: OrderOut}, auth=user_auth, summary="One order of mine")
def order(request: HttpRequest, number: Slug) -> Order:
    return _read(cast(User, request.user), number)


def _read(user: User, number: str) -> Order:
    if len(number) > 20:
        raise NotFound
    get_own_order(user, number)
    return Order.objects.of(user).prefetch_related("lines__product", "lines__creator").get(number=number)
