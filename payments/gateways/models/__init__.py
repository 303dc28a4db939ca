from payments.gateways.models.sandbox import SandboxCheckout, SandboxEvent, SandboxRefund, SandboxWebhookAttempt

__all__ = ["SandboxCheckout", "SandboxEvent", "SandboxRefund", "SandboxWebhookAttempt"]
