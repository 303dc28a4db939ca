from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from marketplace.models import Product
from marketplace.orders.models import Entitlement
from tests.factories import make_product


@pytest.fixture
def work(ada: User) -> Product:
    return make_product(ada, title="Salt kiln")


@pytest.fixture
def give(db: None) -> Callable[..., Entitlement]:
    def give(user: User, product: Product, source: str = "purchase") -> Entitlement:
        return Entitlement.objects.create(user=user, product=product, source=source)

    return give
