from django.urls import URLPattern, URLResolver, path

from marketplace.approvals import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("moderation/", views.queue, name="moderation"),
    path("moderation/<slug:slug>/", views.product, name="moderation_product"),
    path("moderation/<slug:slug>/approval/", views.approve, name="moderation_approve"),
    path("moderation/<slug:slug>/rejection/", views.reject, name="moderation_reject"),
    path("moderation/<slug:slug>/removal/", views.remove, name="moderation_remove"),
    path("moderation/<slug:slug>/restoration/", views.restore, name="moderation_restore"),
    path("moderation/<slug:slug>/look/", views.look, name="moderation_look"),
    path("moderation/<slug:slug>/files/<uuid:asset_id>/", views.file, name="moderation_file"),
    path("dashboard/products/<slug:slug>/decisions/", views.decisions, name="product_decisions"),
]
