"""Addresses of the pages about breach cases, incidents and corrective action plans."""

from django.urls import path

from metrics.pages.acting import act_page
from metrics.pages.breaches import breaches, breaches_export, shortcuts
from metrics.pages.bulk import bulk
from metrics.pages.case_acts import ACTS
from metrics.pages.cases import case
from metrics.pages.claims import contract_claims
from metrics.pages.incidents import (
    incident,
    incident_edit,
    incident_new,
    incident_plan,
    incidents,
)
from metrics.pages.plans import (
    plan,
    plan_again,
    plan_answer,
    plan_step_done,
    plan_step_new,
    plan_step_remove,
    plans,
)

urlpatterns = [
    path("breaches/", breaches, name="breaches"),
    path("breaches/export/<str:kind>/", breaches_export, name="breaches-export"),
    path("breaches/bulk/", bulk, name="cases-bulk"),
    path("breaches/shortcuts/", shortcuts, name="shortcuts"),
    path("breaches/<int:number>/", case, name="case"),
    *(
        path(f"breaches/<int:number>/{act.name}/", act_page(act), name=f"case-{act.name}")
        for act in ACTS.values()
    ),
    path("contracts/<str:reference>/claims/", contract_claims, name="contract-claims"),
    path("incidents/", incidents, name="incidents"),
    path("new/incident/", incident_new, name="incident-new"),
    path("incidents/<int:number>/", incident, name="incident"),
    path("incidents/<int:number>/edit/", incident_edit, name="incident-edit"),
    path("incidents/<int:number>/plan/", incident_plan, name="incident-plan"),
    path("plans/", plans, name="plans"),
    path("plans/<int:number>/", plan, name="plan"),
    path("plans/<int:number>/steps/new/", plan_step_new, name="plan-step-new"),
    path("plans/<int:number>/steps/<int:step>/done/", plan_step_done, name="plan-step-done"),
    path("plans/<int:number>/steps/<int:step>/remove/", plan_step_remove, name="plan-step-remove"),
    path("plans/<int:number>/again/", plan_again, name="plan-again"),
    path("plans/<int:number>/<str:act>/", plan_answer, name="plan-answer"),
]
