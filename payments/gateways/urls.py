from django.urls import path

from payments.gateways.views import sandbox

urlpatterns = [
    path("sandbox/checkout/<slug:checkout_id>/", sandbox.checkout, name="sandbox_checkout"),
    path("sandbox/checkout/<slug:checkout_id>/approval/", sandbox.approval, name="sandbox_approval"),
    path("sandbox/checkout/<slug:checkout_id>/cancellation/", sandbox.cancellation, name="sandbox_cancellation"),
]
