from django.urls import path

from marketplace.library import views

urlpatterns = [
    path("library/", views.show, name="library"),
    path("library/files/", views.files, name="library_files"),
    path("library/purchases/", views.purchases, name="purchases"),
    path("library/purchases/<str:number>/", views.purchase, name="purchase"),
    path("library/purchases/<str:number>/receipt.pdf", views.receipt, name="receipt"),
    path("library/works/<slug:slug>/", views.work, name="library_work"),
]
