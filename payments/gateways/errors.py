"""What the sandbox bank's page refuses."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kit.errors import Conflict


class CheckoutOver(Conflict):
    code = "checkout_over"
    message = _("This payment has ended or is with the bank: nothing more can be done here. Go back to the shop to see how it stands.")
