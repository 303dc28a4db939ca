from django.urls import path

from marketplace.reviews import views

urlpatterns = [
    path("marketplace/<slug:slug>/reviews/", views.reviews, name="product_reviews"),
    path("marketplace/<slug:slug>/reviews/mine/", views.own, name="review_edit"),
    path("marketplace/<slug:slug>/reviews/mine/delete/", views.delete, name="review_delete"),
    path("reviews/<int:pk>/helpful/", views.helpful, name="review_helpful"),
]
