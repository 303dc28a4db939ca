from kit.jobs import job_handler
from kit.jobs.models import Job
from payments.gateways.services.sandbox_webhooks import SEND_JOB, send_event


@job_handler(SEND_JOB, max_attempts=10, time_limit=30)
def send_sandbox_webhook(job: Job) -> None:
    send_event(job.params["event"])
