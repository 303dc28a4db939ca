"""The support desk for orders: money is only looked at; what changes it goes through a service, with a reason."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from kit.errors import DomainError
from marketplace.models import Product
from marketplace.orders.forms import ReasonForm
from marketplace.orders.models import Cart, CartItem, Entitlement, Order, OrderLine, SellerTerms
from marketplace.orders.selectors import refunds_under_way
from marketplace.orders.services.fulfilment import grant_product, revoke_entitlement
from marketplace.orders.services.refunds import refund_order
from payments.read_only import ReadOnlyAdmin, ReadOnlyInline, amount


def _uuid(term: str) -> Q:
    try:
        return Q(pk=UUID(term))
    except ValueError:
        return Q(pk__in=[])


class LineInline(ReadOnlyInline):
    model = OrderLine
    fields = ["title", "creator", "paid_minor", "fee_bps", "creator_minor", "platform_minor", "refunded_minor", "withheld"]


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["number", "buyer", "how_much", "state", "created_at", "paid_at"]
    list_filter = ["state"]
    list_select_related = ["buyer"]
    ordering = ["-created_at"]
    search_help_text = gettext_lazy("Exact number or id, or the buyer's username or e-mail address")
    inlines = [LineInline]
    view_on_site = False  # the order's page is its buyer's alone
    exclude = ["idempotency_key"]
    change_form_outer_before_template = "admin/orders/order_actions.html"

    def matches(self, term: str, people: list[int]) -> Q:
        return _uuid(term) | Q(number=term.upper()) | Q(buyer__in=people) | Q(receipt_email=term.lower())

    @admin.display(description=gettext_lazy("amount"))
    def how_much(self, order: Order) -> str:
        return amount(order.total_minor, order.currency)

    def get_urls(self) -> list[URLPattern]:
        return [path("<uuid:pk>/refund/", self.admin_site.admin_view(self.refund), name="orders_order_refund"), *super().get_urls()]

    def refund(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Refund in full: asks for the reason, says what it means, and leaves the rest to the service."""
        order = get_object_or_404(Order.objects.select_related("buyer__profile"), pk=pk)
        if not request.user.has_perm("orders.change_order"):
            raise PermissionDenied
        left = sum(line.refundable_minor for line in order.lines.all()) - refunds_under_way(order)
        form = _reason_form(request)
        if request.method == "POST" and form.is_valid() and isinstance(request.user, User):
            try:
                refund = refund_order(order, by=request.user, reason=form.cleaned_data["reason"])
            except DomainError as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            else:
                self.log_change(request, order, f"Refund {refund.pk}: {refund.reason}")
                how_much = amount(refund.amount_minor, order.currency)
                self.message_user(request, f"{how_much}: {refund.get_state_display()}", messages.SUCCESS)
            return redirect("admin:orders_order_change", order.pk)
        sentence = _("The money leaves the balance of its creators today, and the access ends once it has arrived. This cannot be undone.")
        question = _("Refund %(amount)s of %(number)s to %(buyer)s?") % {
            "amount": amount(left, order.currency),
            "number": order.number,
            "buyer": order.buyer.name,
        }
        return self._ask(request, order, form, question=question, sentence=sentence, confirm=_("Refund in full"), nothing_left=left <= 0)

    def _ask(self, request: HttpRequest, order: Order, form: forms.Form, **words: Any) -> HttpResponse:
        back = reverse("admin:orders_order_change", args=[order.pk])
        shown = {"opts": self.opts, "original": order, "title": order.number, "form": form, "back": back}
        return TemplateResponse(request, "admin/orders/ask_reason.html", {**self.admin_site.each_context(request), **shown, **words})


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnlyAdmin):
    list_display = ["title", "order", "creator", "how_much", "sent_back", "withheld", "sold_at"]
    list_select_related = ["order", "creator"]
    ordering = ["-order__created_at", "position"]
    search_help_text = gettext_lazy("Exact id, number of the order, address of the product, or the creator's username or e-mail address")

    def matches(self, term: str, people: list[int]) -> Q:
        orders = Order.objects.filter(number=term.upper())
        products = Product.objects.filter(slug=term.lower())
        return _uuid(term) | Q(order__in=orders) | Q(product__in=products) | Q(creator__in=people)

    @admin.display(description=gettext_lazy("paid"))
    def how_much(self, line: OrderLine) -> str:
        return amount(line.paid_minor, line.order.currency)

    @admin.display(description=gettext_lazy("sent back"))
    def sent_back(self, line: OrderLine) -> str:
        return amount(line.refunded_minor, line.order.currency) if line.refunded_minor else ""


class GiveForm(forms.ModelForm):
    """Giving a product to somebody: both are named, since lists of a hundred thousand are no choice."""

    person = forms.CharField(label=gettext_lazy("Username or e-mail address"), max_length=254, widget=UnfoldAdminTextInputWidget)
    work = forms.CharField(label=gettext_lazy("Address (slug) of the product"), max_length=140, widget=UnfoldAdminTextInputWidget)
    source = forms.ChoiceField(
        label=gettext_lazy("As"),
        choices=[(source.value, source.label) for source in (Entitlement.Source.GIFT, Entitlement.Source.PROMOTION)],
        widget=UnfoldAdminSelectWidget,
    )
    note = forms.CharField(
        label=gettext_lazy("Why"), max_length=200, help_text=gettext_lazy("The person reads it."), widget=UnfoldAdminTextInputWidget
    )

    class Meta:
        model = Entitlement
        fields = ["source", "note"]

    def clean_person(self) -> User:
        name = self.cleaned_data["person"].strip().lower().removeprefix("@")
        person = User.objects.filter(Q(username=name) | Q(email=name), is_active=True).first()
        if person is None:
            raise ValidationError(_("There is nobody of that name who can sign in."))
        return person

    def clean_work(self) -> Product:
        product = Product.objects.filter(slug=self.cleaned_data["work"].strip().lower()).first()
        if product is None:
            raise ValidationError(_("There is no such product."))
        return product

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        person, product = cleaned.get("person"), cleaned.get("work")
        if person and product and Entitlement.objects.active().of(person).filter(product=product).exists():
            self.add_error("work", _("This person has it already."))
        return cleaned


@admin.register(Entitlement)
class EntitlementAdmin(ReadOnlyAdmin):
    list_display = ["product", "user", "source", "granted_at", "revoked_at", "last_opened_at"]
    list_filter = ["source", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["product", "user"]
    ordering = ["-pk"]
    search_help_text = gettext_lazy("Address of the product, number of the order, or the person's username or e-mail address")
    raw_id_fields = ["user", "product", "line", "granted_by", "revoked_by"]
    change_form_outer_before_template = "admin/orders/entitlement_actions.html"

    def matches(self, term: str, people: list[int]) -> Q:
        products = Product.objects.filter(slug=term.lower())
        lines = OrderLine.objects.filter(order__number=term.upper())
        return Q(user__in=people) | Q(product__in=products) | Q(line__in=lines)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("orders.add_entitlement")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return GiveForm if obj is None else super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["person", "work", "source", "note"] if obj is None else super().get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Entitlement, form: Any, change: bool) -> None:
        fields = form.cleaned_data
        by = request.user if isinstance(request.user, User) else None
        source = Entitlement.Source(fields["source"])
        given = grant_product(fields["work"], to=fields["person"], source=source, by=by, note=fields["note"])
        obj.__dict__.update(given.__dict__)

    def get_urls(self) -> list[URLPattern]:
        return [path("<int:pk>/revoke/", self.admin_site.admin_view(self.revoke), name="orders_entitlement_revoke"), *super().get_urls()]

    def revoke(self, request: HttpRequest, pk: int) -> HttpResponse:
        entitlement = get_object_or_404(Entitlement.objects.select_related("user__profile", "product"), pk=pk)
        if not request.user.has_perm("orders.change_entitlement"):
            raise PermissionDenied
        form = _reason_form(request)
        if request.method == "POST" and form.is_valid() and isinstance(request.user, User):
            try:
                revoke_entitlement(entitlement, because=form.cleaned_data["reason"], by=request.user)
            except DomainError as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            else:
                self.log_change(request, entitlement, f"Revoked: {form.cleaned_data['reason']}")
                self.message_user(request, _("The access has ended."), messages.SUCCESS)
            return redirect("admin:orders_entitlement_change", entitlement.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": entitlement,
            "title": str(entitlement),
            "form": form,
            "back": reverse("admin:orders_entitlement_change", args=[entitlement.pk]),
            "question": _("Take “%(title)s” away from %(name)s?") % {"title": entitlement.product.title, "name": entitlement.user.name},
            "sentence": _("No money goes back by this. Refund the order instead if it should: the access ends with it."),
            "confirm": _("Take it away"),
            "nothing_left": not entitlement.is_active,
        }
        return TemplateResponse(request, "admin/orders/ask_reason.html", context)


class CartItemInline(ReadOnlyInline):
    model = CartItem
    fields = ["product", "seen_minor", "seen_currency", "offered_minor", "added_at"]


@admin.register(Cart)
class CartAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "things", "updated_at"]
    list_select_related = ["user"]
    ordering = ["-pk"]
    search_help_text = gettext_lazy("A person's username or e-mail address")
    inlines = [CartItemInline]

    def matches(self, term: str, people: list[int]) -> Q:
        return Q(user__in=people)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cart]:
        return super().get_queryset(request).annotate(things=Count("items"))

    @admin.display(description=gettext_lazy("things in it"))
    def things(self, cart: Any) -> int:
        return cart.things


@admin.register(SellerTerms)
class SellerTermsAdmin(ModelAdmin):
    """The one thing here that is written by hand: it changes what later sales cost a creator, never earlier ones."""

    list_display = ["creator", "fee_bps", "note", "updated_at"]
    list_select_related = ["creator"]
    autocomplete_fields = ["creator"]
    search_fields = ["creator__username", "creator__email"]
    show_full_result_count = False


def _reason_form(request: HttpRequest) -> ReasonForm:
    form = ReasonForm(request.POST or None)
    form.fields["reason"].widget = UnfoldAdminTextInputWidget()
    return form
