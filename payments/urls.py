from django.urls import path

from payments.views import webhooks

urlpatterns = [
    path("webhooks/<slug:gateway>/", webhooks.receive, name="webhook"),
]
