"""Double entry, append-only. A balance is a sum; nothing here is ever changed or deleted (database triggers see to it).

Signs: an amount above zero is a credit (we owe more, or earned more), below zero a debit. Every transaction sums to zero in
each currency, which a deferred constraint trigger checks at commit.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """A heading under which money stands, in one currency."""

    class Kind(models.TextChoices):
        GATEWAY = "gateway", _("Held at the gateway")  # an asset: its balance is negative while they hold our money
        CREATOR = "creator", _("Owed to a creator")
        PLATFORM = "platform", _("Earned by the site")
        RETURNS = "returns", _("To be sent back")  # paid twice by mistake: nobody's income, on its way back to the payer
        FEES = "fees", _("Gateway fees")  # an expense of the site

    kind = models.CharField(max_length=10, choices=Kind.choices)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ledger_accounts", null=True, blank=True)
    gateway = models.CharField(max_length=20, blank=True)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "owner", "gateway", "currency"], name="ledger_account_unique", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="ledger_account_owner",
                condition=Q(kind="creator", owner__isnull=False) | ~Q(kind="creator") & Q(owner__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [str(self.get_kind_display()), str(self.owner or self.gateway or ""), self.currency]))


class Transaction(models.Model):
    """Something that moved money. `cause` is unique: a second delivery of the same fact cannot post twice.

    `entry_count` is sealed when it is posted, so that no entry can be added to it later, not even a balanced pair.
    """

    class Kind(models.TextChoices):
        SALE = "sale", _("Sale")
        REFUND = "refund", _("Refund")
        FEE = "fee", _("Gateway fee")
        ADJUSTMENT = "adjustment", _("Adjustment")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    cause = models.CharField(max_length=120, unique=True)
    description = models.CharField(max_length=200, blank=True)
    entry_count = models.PositiveSmallIntegerField()
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-occurred_at", "-id"]
        constraints = [models.CheckConstraint(name="ledger_transaction_two_sided", condition=Q(entry_count__gte=2))]
        indexes = [models.Index(fields=["-occurred_at", "-id"], name="ledger_transaction_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.description or self.cause}"


class Entry(models.Model):
    """One side of a transaction. `available_at` is when a creator may be paid it: later than now means on hold."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    amount_minor = models.BigIntegerField()
    occurred_at = models.DateTimeField()  # the transaction's, repeated here so that one index serves a creator's history
    available_at = models.DateTimeField()
    reference = models.CharField(_("what it is about"), max_length=64, blank=True)  # the payment line's reference

    class Meta:
        verbose_name_plural = _("entries")
        constraints = [models.CheckConstraint(name="ledger_entry_not_zero", condition=~Q(amount_minor=0))]
        indexes = [
            models.Index(fields=["account", "available_at"], name="ledger_entry_account", include=["amount_minor"]),
            models.Index(fields=["account", "-occurred_at", "-id"], name="ledger_entry_history"),
            models.Index(fields=["reference"], name="ledger_entry_reference", condition=~Q(reference="")),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor:+d}"
