"""Reading what buyers type: an offer, what stands on the receipt, and what a cart's page showed."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kit.forms import MoneyField
from marketplace.models import PricingType, Product
from marketplace.orders.countries import country_choices, is_country
from marketplace.orders.errors import OfferRefused
from marketplace.orders.models import Order
from marketplace.orders.pricing import price_to_pay


class SeenPrice(forms.CharField):
    """A price as a page showed it, "1900 EUR"; cleans to (minor units, currency)."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> tuple[int, str]:
        amount, _space, currency = str(super().clean(value)).partition(" ")
        if not (amount.isdecimal() and len(amount) <= 12 and len(currency) == 3 and currency.isalpha()):
            raise ValidationError(_("This page is out of date. Open it again."), code="invalid")
        return int(amount), currency

    @staticmethod
    def write(minor: int, currency: str) -> str:
        return f"{minor} {currency}"


class BuyForm(forms.Form):
    """The buy box: the price that it showed, and the amount where the buyer says how much."""

    seen = SeenPrice()
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.product = product
        if product.pricing == PricingType.PWYW:
            self.fields["amount"] = MoneyField(currency=product.currency, min_minor=None, label=_("Your price"))

    def clean_amount(self) -> int:
        amount: int = self.cleaned_data["amount"]
        try:
            return price_to_pay(self.product, amount)
        except OfferRefused as refusal:
            raise ValidationError(refusal.message, code=refusal.code) from refusal

    @property
    def offered_minor(self) -> int | None:
        return self.cleaned_data.get("amount")

    @property
    def seen_minor(self) -> int:
        """What the buyer agrees to: her own amount for pay-what-you-want, else the price that she was shown."""
        minor, _currency = self.cleaned_data["seen"]
        return self.offered_minor if self.offered_minor is not None else minor

    @property
    def seen_currency(self) -> str:
        return self.cleaned_data["seen"][1]

    @property
    def submission(self) -> str:
        """Names this showing of the form: sent twice, it makes one order."""
        return str(self.cleaned_data["key"] or uuid.uuid4())


class CartCheckoutForm(forms.Form):
    """One currency's part of the cart. Every price that the page showed comes back as `seen-<product id>`."""

    currency = forms.RegexField(r"^[A-Z]{3}$")
    key = forms.UUIDField()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        seen = {}
        for name, value in self.data.items():
            product_id = name.removeprefix("seen-")
            if name.startswith("seen-") and product_id.isdecimal() and str(value).isdecimal() and len(value) <= 12:
                seen[int(product_id)] = int(value)
        cleaned["seen"] = seen
        return cleaned


class BillingForm(forms.ModelForm):
    """What stands on the receipt."""

    class Meta:
        model = Order
        fields = ["billing_name", "billing_country"]
        widgets = {"billing_name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["billing_name"].required = True
        self.fields["billing_name"].error_messages["required"] = _("Write the name that stands on the receipt.")
        self.fields["billing_country"] = forms.ChoiceField(
            label=_("Country"), required=False, choices=country_choices, widget=forms.Select(attrs={"autocomplete": "country"})
        )

    def clean_billing_country(self) -> str:
        code: str = self.cleaned_data["billing_country"]
        if code and not is_country(code):
            raise ValidationError(_("Choose a country from the list."), code="invalid")
        return code


class ReasonForm(forms.Form):
    """Why staff sends money back or takes access away."""

    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput, help_text=_("The buyer sees it."))
