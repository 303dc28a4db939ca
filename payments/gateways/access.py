"""Who may see a practice payment: the one who is asked to pay it, where practice payments are allowed at all."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404

from accounts.models import User
from payments.gateways.models import SandboxCheckout


def get_own_checkout(user: User, checkout_id: str) -> SandboxCheckout:
    """The payer's checkout, or Http404."""
    if not settings.SANDBOX_ALLOWED:
        raise Http404
    checkout = SandboxCheckout.objects.filter(pk=checkout_id, payer=str(user.pk)).first()
    if checkout is None:
        raise Http404
    return checkout
