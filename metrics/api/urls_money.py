"""Addresses of service credits, letters, credit notes and checks of invoices."""

from typing import Any, Final

from metrics.api.credits import (
    CreditEntryDetail,
    CreditEntryList,
    CreditTransitions,
    CurrencyRateList,
)
from metrics.api.invoices import (
    CreditNoteDetail,
    CreditNoteList,
    InvoiceCheckConfirm,
    InvoiceCheckDetail,
    InvoiceCheckList,
)
from metrics.api.letters import LetterDetail, LetterDocx, LetterList, LetterPdf, LetterService

MONEY: Final[tuple[tuple[str, type[Any], str], ...]] = (
    ("credit-entries", CreditEntryList, "credit-entries"),
    ("credit-entries/<number:pk>", CreditEntryDetail, "credit-entry"),
    ("credit-entries/<number:pk>/transitions", CreditTransitions, "credit-transitions"),
    ("currency-rates", CurrencyRateList, "currency-rates"),
    ("letters", LetterList, "letters"),
    ("letters/<number:pk>", LetterDetail, "letter"),
    ("letters/<number:pk>/letter.pdf", LetterPdf, "letter-pdf"),
    ("letters/<number:pk>/letter.docx", LetterDocx, "letter-docx"),
    ("letters/<number:pk>/served", LetterService, "letter-served"),
    ("credit-notes", CreditNoteList, "credit-notes"),
    ("credit-notes/<number:pk>", CreditNoteDetail, "credit-note"),
    ("invoice-checks", InvoiceCheckList, "invoice-checks"),
    ("invoice-checks/<number:pk>", InvoiceCheckDetail, "invoice-check"),
    ("invoice-checks/<number:pk>/confirm", InvoiceCheckConfirm, "invoice-check-confirm"),
)
