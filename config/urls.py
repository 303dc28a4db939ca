"""The addresses of the house: each room brings its own."""

from django.contrib import admin
from django.urls import include, path

from kit import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    # Addresses are looked up from above; those that an open page asks for every few seconds stand first.
    path("", include("courses.learning.urls")),
    path("", include("kit.urls")),
    path("", include("kit.look.urls")),
    path("", include("accounts.urls")),
    path("", include("payments.urls")),
    path("", include("payments.gateways.urls")),
    path("", include("courses.video.urls")),
    path("", include("courses.builder.urls")),
    path("", include("courses.exchange.urls")),
    path("", include("courses.teaching.urls")),
    path("", include("courses.certificates.urls")),
    path("", include("marketplace.courseware.urls")),
    path("", include("marketplace.orders.urls")),
    path("", include("marketplace.delivery.urls")),
    path("", include("marketplace.library.urls")),
    path("", include("marketplace.reviews.urls")),
    path("", include("marketplace.approvals.urls")),
    path("", include("marketplace.office.urls")),
    path("", include("marketplace.urls")),
    path("", include("marketplace.search.urls")),
    path("", include("marketplace.storefront.urls")),
    path("api/v1/", include("config.api")),
]
