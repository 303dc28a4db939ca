from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from kit import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("files/<str:token>/<str:filename>", views.signed_file, name="signed_file"),
    path(f"{settings.MEDIA_URL.strip('/')}/<path:name>", views.public_media, name="public_media"),
]
