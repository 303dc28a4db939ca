"""How gunicorn serves the site: threads that wait for the database, one import shared by all workers, JSON logs."""

from config.env import env
from kit.logging import logging_settings

bind = f"0.0.0.0:{env.int('PORT', 8000, least=1)}"
worker_class = "gthread"
workers = env.int("WEB_CONCURRENCY", 2, least=1)
threads = env.int("WEB_THREADS", 4, least=1)
# The site is imported before the workers are made: less memory, and a setting that is wrong stops the start with its sentence.
preload_app = True
# Far more than any page takes; uploads are read by threads, which this does not limit.
timeout = 60
graceful_timeout = 5
# A worker is replaced before a slow leak could matter; the jitter keeps the workers from leaving together.
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True
logconfig_dict = logging_settings(readable=env.str("DJANGO_SETTINGS_MODULE").endswith(".local"), level=env.str("LOG_LEVEL", "INFO"))
