"""What a buyer gets besides the files: a registry, so that orders need not know the kinds."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from accounts.models import User
from marketplace.models import Kind, Product


class Fulfiller(Protocol):
    """Gives and takes what a kind promises, by calling down. Both are safe to call twice with one `entitlement_id`."""

    def grant(self, user: User, product: Product, entitlement_id: int | UUID) -> None: ...

    def revoke(self, user: User, product: Product, entitlement_id: int | UUID) -> None: ...


FULFILLERS: dict[str, Fulfiller] = {}
"""By kind. A kind without one needs nothing more than the entitlement: its files are the goods."""


def register_fulfiller(kind: str | Kind, fulfiller: Fulfiller) -> None:
    """Called in `AppConfig.ready()`. Raises ValueError when another one has the kind."""
    key = str(kind)
    if FULFILLERS.get(key, fulfiller) is not fulfiller:
        raise ValueError(f"{key} has a fulfiller already")
    FULFILLERS[key] = fulfiller
