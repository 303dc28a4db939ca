"""Reasons not to hand out files even to those who bought them: a registry for the rooms above.

A listing that is archived or taken down stays with its buyers. Only what must not be handed out by law is closed for them, and
whoever decides about that says so here.
"""

from __future__ import annotations

from collections.abc import Callable

from django.utils.functional import Promise

from marketplace.models import Product

Closure = Callable[[Product], "str | Promise | None"]

_closures: list[Closure] = []


def register_closure(closure: Closure) -> Closure:
    """`closure(product)` is the sentence that its buyers read instead of getting the file, or None. Called in `AppConfig.ready()`.

    Asked for products that are not on sale: what was taken down may have been submitted again since, and is still not lawful.
    """
    if closure not in _closures:
        _closures.append(closure)
    return closure


def closed_because(product: Product) -> str:
    """The first reason; "" where the files may be handed out."""
    if product.is_live:
        return ""
    return next((str(sentence) for closure in _closures if (sentence := closure(product))), "")
