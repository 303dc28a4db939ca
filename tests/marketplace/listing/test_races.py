"""Two at once, on real connections. Each race has a twin without the lock, which must go wrong: else the test could not see it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from accounts.models import User
from kit.errors import DomainError
from marketplace.approvals.models import Decision
from marketplace.approvals.services import decisions
from marketplace.models import Product, State, Version
from marketplace.services import products as services
from marketplace.services import versions
from marketplace.services.products import Listing
from tests.factories import make_user
from tests.marketplace.listing.works import listing, make_draft
from tests.threads import EXPECTED, at_once, meet

pytestmark = pytest.mark.django_db(transaction=True)


def without_lock(product: Product) -> Product:
    """What `lock_product` would be if it forgot to lock."""
    return Product.objects.select_related("creator").get(pk=product.pk)


@pytest.fixture
def ada(transactional_db: None) -> User:
    return make_user("ada", creator=True)


def refused(results: list[Any]) -> list[Any]:
    return [result for result in results if isinstance(result, DomainError)]


def edit_and_submit(product: Product, ada: User) -> list[Any]:
    changed = replace(Listing.of(product), title="Changed under their eyes")
    return at_once(partial(services.submit_product, product, by=ada), partial(services.change_product, product, by=ada, listing=changed))


def test_submitting_and_editing_at_once_never_change_what_staff_look_at(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    product = make_draft(ada)
    meet(monkeypatch, services, "lock_product")
    edit_and_submit(product, ada)
    product.refresh_from_db()
    events = list(_events(product))
    assert product.state == State.SUBMITTED
    # The edit was before the submission, or it was refused.
    assert events[-1] == "marketplace.ProductSubmitted"


def test_without_the_lock_the_edit_undoes_the_submission(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    product = make_draft(ada)
    for name in ("lock_product", "lock_editable_product"):
        monkeypatch.setattr(services, name, without_lock)
    both = threading.Barrier(2)
    real = services.missing_from

    def looked(one: Product) -> Any:
        result = real(one)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(timeout=EXPECTED)
        return result

    def applied(*args: Any) -> Any:
        tags = real_apply(*args)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(timeout=EXPECTED)
        # Lets the submission commit first: the row says so.
        _wait_for(lambda: Product.objects.get(pk=product.pk).state == State.SUBMITTED)
        return tags

    real_apply = services._apply
    monkeypatch.setattr(services, "missing_from", looked)
    monkeypatch.setattr(services, "_apply", applied)
    edit_and_submit(product, ada)
    product.refresh_from_db()
    assert (product.state, product.title) == (State.DRAFT, "Changed under their eyes")


def _wait_for(condition: Callable[[], bool]) -> None:
    waiter = threading.Event()
    for _ in range(100 * EXPECTED):
        if condition():
            return
        waiter.wait(0.01)
    raise AssertionError("did not come about")


def _events(product: Product) -> list[str]:
    from kit.events.models import OutboxEvent

    return list(OutboxEvent.objects.filter(payload__product_id=product.pk).order_by("pk").values_list("name", flat=True))


def test_two_drafts_at_once_make_one(ada: User) -> None:
    product = _live(ada)
    results = at_once(*(partial(versions.start_version, product, by=ada, label=f"{n}.0.0") for n in (2, 3, 4, 5)))
    assert len(refused(results)) == 3
    assert product.versions.filter(state=Version.State.DRAFT).count() == 1


def test_without_the_lock_the_constraint_still_holds_and_the_sentence_is_ours(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    product = _live(ada)
    monkeypatch.setattr(versions, "lock_editable_product", without_lock)
    meet(monkeypatch, versions, "suggest_label", unlocked=True)
    results = at_once(*(partial(versions.start_version, product, by=ada) for _ in range(2)))
    errors = [result for result in results if isinstance(result, Exception)]
    # Without the lock both look, both write, and only the database says no: to the number, which has no sentence of its own.
    assert len(errors) == 1
    assert isinstance(errors[0], (DomainError, IntegrityError))
    assert product.versions.filter(state=Version.State.DRAFT).count() == 1


def test_two_moderators_at_once_and_the_first_wins(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    mo, nora = make_user("mo", staff=True), make_user("nora", staff=True)
    product = services.submit_product(make_draft(ada), by=ada)
    meet(monkeypatch, decisions, "may_decide")
    results = at_once(
        partial(decisions.approve_product, product, by=mo), partial(decisions.reject_product, product, by=nora, rule="finished")
    )
    assert len(refused(results)) == 1
    decision = Decision.objects.get()
    product.refresh_from_db()
    assert product.state == (State.LIVE if decision.verdict == "approved" else State.REJECTED)


def test_without_the_lock_both_would_have_decided(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    mo, nora = make_user("mo", staff=True), make_user("nora", staff=True)
    product = services.submit_product(make_draft(ada, publish_on_approval=False), by=ada)
    monkeypatch.setattr(decisions, "lock_product", without_lock)
    meet(monkeypatch, decisions, "may_decide", unlocked=True)
    results = at_once(
        partial(decisions.approve_product, product, by=mo), partial(decisions.reject_product, product, by=nora, rule="finished")
    )
    assert refused(results) == []
    assert Decision.objects.count() == 2


def test_one_title_twice_at_once_is_listed_once(ada: User) -> None:
    results = at_once(*(partial(services.create_product, by=ada, kind="ebook", listing=listing("The same")) for _ in range(4)))
    assert len(refused(results)) == 3
    assert Product.objects.count() == 1


def test_one_address_wanted_by_four_creators_at_once_is_had_by_one(transactional_db: None) -> None:
    people = [make_user(f"maker{n}", creator=True) for n in range(4)]
    results = at_once(*(partial(services.create_product, by=person, kind="ebook", listing=listing("The same")) for person in people))
    assert [type(result).__name__ for result in results] == ["Product"] * 4
    assert len({product.slug for product in results}) == 4


def test_one_tag_made_by_four_at_once_is_one(transactional_db: None) -> None:
    people = [make_user(f"maker{n}", creator=True) for n in range(4)]
    orders = [["b", "a", "c"], ["c", "b", "a"], ["a", "c", "b"], ["c", "a", "b"]]
    works = [listing(f"Work {n}", tags=tags) for n, tags in enumerate(orders)]
    results = at_once(
        *(partial(services.create_product, by=person, kind="ebook", listing=work) for person, work in zip(people, works, strict=True))
    )
    assert [type(result).__name__ for result in results] == ["Product"] * 4
    assert [product.tags.count() for product in results] == [3] * 4


def _live(by: User) -> Product:
    product = services.submit_product(make_draft(by), by=by)
    product.approve()
    product.save()
    return services.publish_product(product, by=by)
