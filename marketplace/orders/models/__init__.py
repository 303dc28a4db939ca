from marketplace.orders.models.cart import Cart, CartItem
from marketplace.orders.models.entitlement import Entitlement
from marketplace.orders.models.order import Order, OrderLine, OrderNumber
from marketplace.orders.models.terms import SellerTerms

__all__ = ["Cart", "CartItem", "Entitlement", "Order", "OrderLine", "OrderNumber", "SellerTerms"]
