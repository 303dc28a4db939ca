"""Which cart a request means, and how many things the header says are in it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from marketplace.orders.models import Cart
from marketplace.orders.services.carts import count_items, merge_carts

if TYPE_CHECKING:
    from accounts.models import User

TOKEN = "cart_token"  # noqa: S105 - the name of a session key
COUNT = "cart_count"


def cart_for(request: HttpRequest) -> Cart | None:
    """The cart of the person or visitor, None while there is none. Never makes one."""
    if request.user.is_authenticated:
        return Cart.objects.filter(user=request.user).first()
    token = visitors_token(request)
    return Cart.objects.filter(token=token).first() if token else None


def owner_of_cart(request: HttpRequest) -> dict[str, Any]:
    """Whose cart to put something into, as `add_to_cart` takes it. A visitor gets a token in her session."""
    if request.user.is_authenticated:
        return {"user": request.user}
    token = visitors_token(request)
    if token is None:
        token = uuid.uuid4()
        request.session[TOKEN] = str(token)
    return {"token": token}


def visitors_token(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.session.get(TOKEN, ""))
    except (ValueError, AttributeError):
        return None


def show_count(request: HttpRequest) -> int:
    """Bring the number in the header up to date. One query."""
    user = request.user if request.user.is_authenticated else None
    count = count_items(user=user, token=None if user else visitors_token(request))
    if request.session.get(COUNT, 0) != count:
        request.session[COUNT] = count
    return count


def take_cart_along(request: HttpRequest | None, user: User) -> None:
    """At sign-in the visitor's cart becomes hers, and the header counts what she has."""
    if request is None or not hasattr(request, "session"):
        return
    token = visitors_token(request)
    count = merge_carts(user, token) if token else count_items(user=user)
    request.session.pop(TOKEN, None)
    if count or COUNT in request.session:
        request.session[COUNT] = count


def on_sign_in(sender: object, request: HttpRequest | None, user: User, **_kwargs: Any) -> None:
    take_cart_along(request, user)
