from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps.views import index, sitemap
from django.urls import path, re_path
from django.views.decorators.cache import cache_control
from django.views.generic import RedirectView

from marketplace.storefront.feeds import CreatorFeed, WorksFeed
from marketplace.storefront.sitemaps import SITEMAPS
from marketplace.storefront.views import about, browse, creators, home, machines, product

an_hour = cache_control(public=True, max_age=3600)


def older(route: str, name: str) -> object:
    """An address of earlier days, with or without its last slash."""
    view = RedirectView.as_view(pattern_name=name, permanent=True, query_string=True)
    return re_path(rf"^{route}/?\Z", login_not_required(view))


urlpatterns = [
    path("", home.home, name="home"),
    path("marketplace/", browse.browse, name="marketplace"),
    path("marketplace/tags/<slug:slug>/", browse.tag, name="tag"),
    path("marketplace/<slug:slug>/", product.product, name="product"),
    path("@<str:username>/", creators.creator, name="creator"),
    path("@<str:username>/works.atom", login_not_required(an_hour(CreatorFeed())), name="creator_feed"),
    path("feeds/works.atom", login_not_required(an_hour(WorksFeed())), name="works_feed"),
    path("about/fees/", about.fees, name="about_fees"),
    path("about/refunds/", about.refunds, name="about_refunds"),
    path("about/rules/", about.rules, name="about_rules"),
    path("about/privacy/", about.privacy, name="about_privacy"),
    path("about/contact/", about.contact, name="about_contact"),
    path("robots.txt", machines.robots, name="robots"),
    path("sitemap.xml", login_not_required(an_hour(index)), {"sitemaps": SITEMAPS, "sitemap_url_name": "sitemap_section"}, name="sitemap"),
    path("sitemap-<section>.xml", login_not_required(an_hour(sitemap)), {"sitemaps": SITEMAPS}, name="sitemap_section"),
    older("mypurchases", "purchases"),
    older("dashboard/purchases", "purchases"),
    older("dashboard/profile", "settings_profile"),
]
