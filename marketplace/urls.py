from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from marketplace.views import files, gallery, products, versions

urlpatterns: list[URLPattern | URLResolver] = [
    path("dashboard/products/new/", products.new, name="product_new"),
    path("dashboard/products/text/", products.preview_text, name="markdown_preview"),
    path("dashboard/products/<slug:slug>/edit/", products.edit, name="product_edit"),
    path("dashboard/products/<slug:slug>/preview/", products.preview, name="product_preview"),
    path("dashboard/products/<slug:slug>/submission/", products.submit, name="product_submit"),
    path("dashboard/products/<slug:slug>/withdrawal/", products.withdraw, name="product_withdraw"),
    path("dashboard/products/<slug:slug>/publication/", products.publish, name="product_publish"),
    path("dashboard/products/<slug:slug>/archive/", products.archive, name="product_archive"),
    path("dashboard/products/<slug:slug>/restoration/", products.restore, name="product_restore"),
    path("dashboard/products/<slug:slug>/copy/", products.duplicate, name="product_duplicate"),
    path("dashboard/products/<slug:slug>/delete/", products.delete, name="product_delete"),
    path("dashboard/products/<slug:slug>/files/", files.index, name="product_files"),
    path("dashboard/products/<slug:slug>/files/<uuid:asset_id>/replacement/", files.replace, name="asset_replace"),
    path("dashboard/products/<slug:slug>/files/<uuid:asset_id>/removal/", files.remove, name="asset_remove"),
    path("dashboard/products/<slug:slug>/files/<uuid:asset_id>/place/", files.move, name="asset_move"),
    path("dashboard/products/<slug:slug>/versions/", versions.index, name="product_versions"),
    path("dashboard/products/<slug:slug>/versions/draft/", versions.change, name="version_change"),
    path("dashboard/products/<slug:slug>/versions/draft/publication/", versions.publish, name="version_publish"),
    path("dashboard/products/<slug:slug>/versions/draft/drop/", versions.drop, name="version_drop"),
    path("dashboard/products/<slug:slug>/gallery/", gallery.index, name="product_gallery"),
    path("dashboard/products/<slug:slug>/gallery/cover/", gallery.cover, name="cover_set"),
    path("dashboard/products/<slug:slug>/gallery/cover/removal/", gallery.uncover, name="cover_remove"),
    path("dashboard/products/<slug:slug>/gallery/<int:picture_id>/", gallery.describe, name="picture_describe"),
    path("dashboard/products/<slug:slug>/gallery/<int:picture_id>/place/", gallery.move, name="picture_move"),
    path("dashboard/products/<slug:slug>/gallery/<int:picture_id>/removal/", gallery.remove, name="picture_remove"),
    # Older names (R47, R63). Redirects of /dashboard/personas itself belong to the office.
    path("marketplace/submit/", RedirectView.as_view(pattern_name="product_new", permanent=True)),
    path("marketplace/submit", RedirectView.as_view(pattern_name="product_new", permanent=True)),
    path("dashboard/personas/<slug:slug>/edit/", RedirectView.as_view(pattern_name="product_edit", permanent=True)),
]
