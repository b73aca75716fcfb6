"""Addresses of letters, service credits, credit notes and checks of invoices."""

from django.urls import path

from metrics.pages.credit_notes import credit_note, credit_note_file, credit_note_new
from metrics.pages.credit_terms import credit_rule_new, credit_terms_new
from metrics.pages.credits import contract_credits, credits, credits_move
from metrics.pages.invoice_checks import (
    invoice_check_confirm,
    invoice_check_new,
    invoice_check_page,
)
from metrics.pages.letter_wordings import letter_wording_new, letter_wordings
from metrics.pages.letters import (
    case_letter,
    contract_letter,
    letter,
    letter_file,
    letter_serve_page,
    letters,
)

urlpatterns = [
    path("letters/", letters, name="letters"),
    path("letters/wordings/", letter_wordings, name="letter-wordings"),
    path("new/letter-wording/", letter_wording_new, name="letter-wording-new"),
    path("letters/<int:number>/", letter, name="letter"),
    path("letters/<int:number>/served/", letter_serve_page, name="letter-serve"),
    path("letters/<int:number>/letter.<slug:kind>", letter_file, name="letter-file"),
    path("breaches/<int:number>/letter/", case_letter, name="case-letter"),
    path("contracts/<str:reference>/letter/", contract_letter, name="contract-letter"),
    path("credits/", credits, name="credits"),
    path("credits/move/", credits_move, name="credits-move"),
    path("contracts/<str:reference>/credits/", contract_credits, name="contract-credits"),
    path("contracts/<str:reference>/credit-terms/new/", credit_terms_new, name="credit-terms-new"),
    path("kpis/<str:code>/credit-rule/new/", credit_rule_new, name="credit-rule-new"),
    path(
        "contracts/<str:reference>/credit-note/<slug:first_day>/",
        credit_note_new,
        name="credit-note-new",
    ),
    path("credit-notes/<int:number>/", credit_note, name="credit-note"),
    path("credit-notes/<int:number>/note.<slug:kind>", credit_note_file, name="credit-note-file"),
    path("contracts/<str:reference>/invoice-check/", invoice_check_new, name="invoice-check-new"),
    path("invoice-checks/<int:number>/", invoice_check_page, name="invoice-check"),
    path(
        "invoice-checks/<int:number>/confirm/",
        invoice_check_confirm,
        name="invoice-check-confirm",
    ),
]
