from collections.abc import Callable

from allauth.account import views as allauth_views
from django.contrib.auth.decorators import login_not_required
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from accounts.views import public, registration, settings, tokens


def moved_to(name: str) -> Callable[..., HttpResponseBase]:
    return login_not_required(RedirectView.as_view(pattern_name=name, query_string=True))


urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/", settings.index, name="settings"),
    path("settings/profile/", settings.profile, name="settings_profile"),
    path("settings/username/", settings.username, name="settings_username"),
    path("settings/creator/", settings.creator, name="become_creator"),
    path("settings/tokens/", tokens.tokens, name="settings_tokens"),
    path("settings/tokens/<int:pk>/revoke/", tokens.token_revoke, name="settings_token_revoke"),
    path("settings/data/", settings.data, name="settings_data"),
    path("settings/data/archive/", settings.data_archive, name="settings_data_archive"),
    path("settings/close/", settings.close, name="settings_close"),
    path("settings/sessions/<int:pk>/end/", settings.session_end, name="session_end"),
    path("account/closed/", public.account_closed, name="account_closed"),
    # allauth has these three below /account/ too; ours are the addresses that people see.
    path("account/", RedirectView.as_view(pattern_name="settings"), name="account_index"),
    path("account/login/", moved_to("account_login")),
    path("account/logout/", moved_to("account_logout")),
    path("account/signup/", moved_to("account_signup")),
    path("account/", include("allauth.urls")),
    path("login/", allauth_views.login, name="account_login"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("register/", registration.signup, name="account_signup"),
    path("register/creator/", registration.creator_signup, name="creator_signup"),
]
