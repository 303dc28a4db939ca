from django.urls import path

from marketplace.orders.views import buying, cart, checkout

urlpatterns = [
    path("cart/", cart.show, name="cart"),
    path("cart/add/<slug:slug>/", cart.add, name="cart_add"),
    path("cart/remove/<slug:slug>/", cart.remove, name="cart_remove"),
    path("cart/checkout/", cart.checkout, name="cart_checkout"),
    path("buy/<slug:slug>/", buying.buy_now, name="buy_now"),
    path("buy/<slug:slug>/free/", buying.take_free, name="take_free"),
    path("checkout/<str:number>/", checkout.checkout, name="checkout"),
    path("checkout/<str:number>/success/", checkout.success, name="checkout_success"),
    path("checkout/<str:number>/cancelled/", checkout.cancelled, name="checkout_cancelled"),
    path("checkout/<str:number>/again/", checkout.again, name="checkout_again"),
    path("checkout/<str:number>/cancel/", checkout.cancel, name="checkout_cancel"),
]
