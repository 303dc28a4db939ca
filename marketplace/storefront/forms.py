from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

TOPICS = [
    ("order", _("An order or a refund")),
    ("work", _("A work that breaks the rules")),
    ("account", _("My account")),
    ("selling", _("Selling here")),
    ("other", _("Something else")),
]


class ContactForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=80, required=False)
    email = forms.EmailField(label=_("Your email address"), help_text=_("We answer to it, and use it for nothing else."))
    topic = forms.ChoiceField(label=_("What is it about?"), choices=TOPICS)
    message = forms.CharField(
        label=_("Your message"), max_length=4000, min_length=10, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("An order number or the address of a page helps us to find it."),
    )  # fmt: skip
    # People leave it empty, since they do not see it; programs fill in what they find.
    homepage = forms.CharField(required=False, label="", widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))

    @property
    def is_from_a_program(self) -> bool:
        return bool(self.cleaned_data.get("homepage"))
