"""Addresses of the pages about contracts and their terms."""

from django.urls import path

from contracts.pages.terms import contract_list, contract_terms

urlpatterns = [
    path("contracts/", contract_list, name="contracts"),
    path("contracts/<str:reference>/terms/", contract_terms, name="contract-terms"),
]
