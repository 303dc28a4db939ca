"""Making an account."""

from __future__ import annotations

from typing import Any

from allauth.account.views import SignupView as AllauthSignupView
from django.forms import Form
from django.http import HttpResponse

from accounts.errors import UsernameTaken
from accounts.forms.sign_in import CreatorSignupForm, SignupForm


class SignupView(AllauthSignupView):
    """`/register/`: a buyer's account."""

    form_class: type[SignupForm] = SignupForm

    def get_form_class(self) -> type[SignupForm]:
        return self.form_class

    def form_valid(self, form: Form) -> HttpResponse:
        try:
            return super().form_valid(form)
        except UsernameTaken as error:
            # Somebody else was quicker between the check and the writing: a matter of the field, not of a page.
            form.add_error("username", str(error))
            return self.form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(as_creator=self.form_class.as_creator, **kwargs)


class CreatorSignupView(SignupView):
    """`/register/creator/`: the account of somebody who sells."""

    form_class = CreatorSignupForm


signup = SignupView.as_view()
creator_signup = CreatorSignupView.as_view()
