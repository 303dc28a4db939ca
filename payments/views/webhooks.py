from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments.errors import BadWebhook
from payments.services.inbox import receive_webhook


@csrf_exempt
@login_not_required
@require_POST
def receive(request: HttpRequest, gateway: str) -> HttpResponse:
    """A gateway's message: verified over the raw body, stored, answered at once (R94, R109)."""
    body = request.read(settings.WEBHOOK_MAX_BYTES + 1)
    if len(body) > settings.WEBHOOK_MAX_BYTES:
        return HttpResponse(status=413, content_type="text/plain")
    try:
        receive_webhook(gateway, body=body, headers=request.headers)
    except BadWebhook as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
