from django.urls import path

from kit.look import views

urlpatterns = [
    path("covers/<str:kind>/<str:slug>.svg", views.cover, name="cover"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("site.webmanifest", views.webmanifest, name="webmanifest"),
    path("styleguide/", views.styleguide, name="styleguide"),
]
