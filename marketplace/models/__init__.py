from marketplace.models.category import Category, Tag
from marketplace.models.product import GalleryImage, Kind, PricingType, Product, State
from marketplace.models.version import Asset, Version

__all__ = ["Asset", "Category", "GalleryImage", "Kind", "PricingType", "Product", "State", "Tag", "Version"]
