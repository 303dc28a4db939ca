from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from marketplace.office import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("dashboard/", views.overview, name="dashboard"),
    path("dashboard/products/", views.product_list, name="dashboard_products"),
    path("dashboard/personas/", RedirectView.as_view(pattern_name="dashboard_products", permanent=True)),
    path("dashboard/products/<slug:slug>/analytics/", views.product_analytics, name="product_analytics"),
    path("dashboard/earnings/", views.earnings, name="dashboard_earnings"),
    path("dashboard/earnings.csv", views.earnings_csv, name="dashboard_earnings_csv"),
]
