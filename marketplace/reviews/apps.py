from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "marketplace.reviews"
    label = "reviews"

    def ready(self) -> None:
        from accounts.data_export import register_exporter
        from marketplace.reviews.own_data import helpful_votes_of, reviews_of

        register_exporter("reviews", reviews_of)
        register_exporter("helpful_votes", helpful_votes_of)
