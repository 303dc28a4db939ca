"""What staff decide about a listing. Who decides first wins: the row is locked, and the state looked at again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts.access import check_staff
from accounts.models import User
from kit.events import publish
from marketplace.approvals.errors import AlreadyDecided, ChangedAgain, NoteNeeded, OwnWork, RuleNeeded
from marketplace.approvals.models import Decision
from marketplace.approvals.rules import Rule, find_rule
from marketplace.errors import WrongState
from marketplace.events import ProductApproved, ProductPublished, ProductRejected, ProductRemoved, ProductRestored
from marketplace.models import Product
from marketplace.services.locks import lock_product
from marketplace.services.products import publish_product

Verdict = Decision.Verdict


@transaction.atomic
def approve_product(product: Product, *, by: User, note: str = "") -> Decision:
    """Let it be sold. It goes live in the same moment if its creator wished so (R56, R89).

    Raises `AlreadyDecided`, `OwnWork`, `StaffOnly`; `Incomplete` when something went missing.
    """
    product = _lock_for(product, by)
    _move(product, product.approve)
    decision = _record(product, Verdict.APPROVED, by, note=note)
    publish(ProductApproved(product_id=product.pk, decision_id=decision.pk))
    if product.publish_on_approval:
        publish_product(product, by=product.creator)
    return decision


@transaction.atomic
def reject_product(product: Product, *, by: User, rule: str, note: str = "") -> Decision:
    """Send it back, naming the rule and, where the rule asks for it, what exactly has to change.

    Raises `RuleNeeded`, `NoteNeeded`, `AlreadyDecided`, `OwnWork`, `StaffOnly`.
    """
    named = _check_rule(rule, note)
    product = _lock_for(product, by)
    _move(product, product.reject)
    decision = _record(product, Verdict.REJECTED, by, rule=named, note=note)
    publish(ProductRejected(product_id=product.pk, decision_id=decision.pk))
    return decision


@transaction.atomic
def remove_product(product: Product, *, by: User, rule: str, note: str = "") -> Decision:
    """Take it down. Buyers keep it, unless the rule is one of law. Raises as `reject_product` does."""
    named = _check_rule(rule, note)
    product = _lock_for(product, by)
    _move(product, product.remove)
    decision = _record(product, Verdict.REMOVED, by, rule=named, note=note)
    publish(ProductRemoved(product_id=product.pk, decision_id=decision.pk))
    return decision


@transaction.atomic
def restore_product(product: Product, *, by: User, note: str = "") -> Decision:
    """Put it back where it was. Raises `AlreadyDecided`, `OwnWork`, `StaffOnly`."""
    product = _lock_for(product, by)
    _move(product, product.reinstate)
    decision = _record(product, Verdict.RESTORED, by, note=note)
    publish(ProductRestored(product_id=product.pk, decision_id=decision.pk))
    if product.is_live:
        publish(ProductPublished(product_id=product.pk))
    return decision


@transaction.atomic
def pass_changes(product: Product, *, by: User, as_of: datetime) -> Decision:
    """Say that what was changed in a live work since it was let through is in order; `as_of` is its `updated_at` as it was looked at.

    Its creator is not told: nothing changes for them. Raises `ChangedAgain`, `OwnWork`, `StaffOnly`.
    """
    product = _lock_for(product, by)
    if not product.is_live or product.updated_at != as_of:
        raise ChangedAgain
    return _record(product, Verdict.SEEN, by)


def may_decide(user: User, product: Product) -> bool:
    """Nobody decides about her own work; who runs a site all alone is its superuser and has no choice."""
    return user.is_staff and (product.creator_id != user.pk or user.is_superuser)


def _lock_for(product: Product, by: User) -> Product:
    check_staff(by)
    product = lock_product(product)
    if not may_decide(by, product):
        raise OwnWork
    return product


def _move(product: Product, transition: Callable[[], None]) -> None:
    try:
        transition()
    except WrongState as error:
        raise AlreadyDecided(product.decisions.select_related("by__profile").first()) from error
    product.save()


def _check_rule(slug: str, note: str) -> Rule:
    rule = find_rule(slug)
    if rule is None:
        raise RuleNeeded(field="rule")
    if rule.needs_note and not note.strip():
        raise NoteNeeded(field="note")
    return rule


def _record(product: Product, verdict: str, by: User, *, rule: Rule | None = None, note: str = "") -> Decision:
    return Decision.objects.create(product=product, verdict=verdict, rule=rule.slug if rule else "", note=note.strip()[:2000], by=by)
