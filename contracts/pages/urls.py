"""Addresses of the pages about contracts and their terms."""

from django.urls import path

from contracts.pages import (
    amendments,
    certifications,
    contacts,
    contracts,
    processes,
    saved_views,
    vendors,
)
from contracts.pages.account import account, deputy_new, deputy_over, password_change
from contracts.pages.approvals import approval, approvals
from contracts.pages.audit import audit
from contracts.pages.documents import document, document_add, document_put_away
from contracts.pages.entrance import (
    invitation,
    password_reset,
    password_reset_complete,
    password_reset_confirm,
    password_reset_done,
)
from contracts.pages.keys import key_end, key_new, keys
from contracts.pages.people import (
    invitation_end,
    invitation_new,
    people,
    person,
    person_access,
    person_unlocked,
)
from contracts.pages.terms import contract_terms

urlpatterns = [
    path("new/vendor/", vendors.vendor_new, name="vendor-new"),
    path("vendors/<str:code>/record/", vendors.vendor_record, name="vendor-record"),
    path("vendors/<str:code>/edit/", vendors.vendor_edit, name="vendor-edit"),
    path("vendors/<str:code>/archive/", vendors.vendor_put_away, name="vendor-archive"),
    path("vendors/<str:code>/restore/", vendors.vendor_bring_back, name="vendor-restore"),
    path("vendors/<str:code>/contacts/new/", contacts.contact_new, name="contact-new"),
    path("contacts/<int:number>/edit/", contacts.contact_edit, name="contact-edit"),
    path("contacts/<int:number>/archive/", contacts.contact_put_away, name="contact-archive"),
    path(
        "vendors/<str:code>/certifications/new/",
        certifications.certification_new,
        name="certification-new",
    ),
    path("certifications/", certifications.certification_list, name="certifications"),
    path(
        "certifications/<int:number>/edit/",
        certifications.certification_edit,
        name="certification-edit",
    ),
    path(
        "certifications/<int:number>/archive/",
        certifications.certification_put_away,
        name="certification-archive",
    ),
    path("contracts/", contracts.contract_list, name="contracts"),
    path("new/contract/", contracts.contract_new, name="contract-new"),
    path("contracts/<str:reference>/edit/", contracts.contract_edit, name="contract-edit"),
    path(
        "contracts/<str:reference>/archive/", contracts.contract_put_away, name="contract-archive"
    ),
    path(
        "contracts/<str:reference>/restore/", contracts.contract_bring_back, name="contract-restore"
    ),
    path(
        "contracts/<str:reference>/amendments/new/", amendments.amendment_new, name="amendment-new"
    ),
    path(
        "contracts/<str:reference>/amendments/<int:number>/edit/",
        amendments.amendment_edit,
        name="amendment-edit",
    ),
    path("contracts/<str:reference>/charges/", amendments.charge_list, name="charges"),
    path("contracts/<str:reference>/charges/new/", amendments.charge_new, name="charge-new"),
    path("charges/<int:number>/edit/", amendments.charge_edit, name="charge-edit"),
    path("processes/", processes.process_list, name="processes"),
    path("new/process/", processes.process_new, name="process-new"),
    path("processes/<str:code>/edit/", processes.process_edit, name="process-edit"),
    path("processes/<str:code>/archive/", processes.process_put_away, name="process-archive"),
    path("processes/<str:code>/restore/", processes.process_bring_back, name="process-restore"),
    path("new/saved-view/<str:name>/", saved_views.saved_view_add, name="saved-view-add"),
    path(
        "saved-views/<int:number>/delete/", saved_views.saved_view_remove, name="saved-view-delete"
    ),
    path("documents/<int:number>/", document, name="document"),
    path("documents/<int:number>/archive/", document_put_away, name="document-archive"),
    path("new/document/<str:subject>/", document_add, name="document-add"),
    path("contracts/<str:reference>/terms/", contract_terms, name="contract-terms"),
    path("approvals/", approvals, name="approvals"),
    path("approvals/<int:number>/", approval, name="approval"),
    path("audit/", audit, name="audit"),
    path("people/", people, name="people"),
    path("people/<int:number>/", person, name="person"),
    path("people/<int:number>/access/", person_access, name="person-access"),
    path("people/<int:number>/unlock/", person_unlocked, name="person-unlock"),
    path("people/keys/", keys, name="keys"),
    path("people/keys/<int:number>/revoke/", key_end, name="key-end"),
    path("new/key/", key_new, name="key-new"),
    path("new/invitation/", invitation_new, name="invitation-new"),
    path("people/invitations/<int:number>/revoke/", invitation_end, name="invitation-end"),
    path("invitations/<str:secret>/", invitation, name="invitation"),
    path("account/", account, name="account"),
    path("account/password/", password_change, name="password-change"),
    path("new/deputy/", deputy_new, name="deputy-new"),
    path("account/deputies/<int:number>/end/", deputy_over, name="deputy-end"),
    path("password/", password_reset, name="password_reset"),
    path("password/sent/", password_reset_done, name="password_reset_done"),
    path("password/new/<uidb64>/<token>/", password_reset_confirm, name="password_reset_confirm"),
    path("password/saved/", password_reset_complete, name="password_reset_complete"),
]
