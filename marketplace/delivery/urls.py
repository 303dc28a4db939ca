from django.urls import path

from marketplace.delivery import views

urlpatterns = [
    path("download/<slug:slug>/<uuid:asset>/", views.download, name="download"),
]
