import pytest

from contracts.models import SavedView
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db


class TestSavedViews:
    def test_filters_are_kept_under_a_name_and_shown(self, analyst, acme):
        analyst.post(
            "/new/saved-view/overview/", {"name": "Ours", "query": "tier=strategic&page=3&q="}
        )

        view = SavedView.objects.get()
        assert (view.page, view.name, view.query) == ("overview", "Ours", "tier=strategic")
        body = analyst.get("/vendors/?tier=strategic").content.decode()
        assert 'href="/vendors/?tier=strategic"' in body
        assert "Save these filters" not in body

    def test_the_same_name_takes_the_new_filters(self, analyst):
        for query in ("tier=strategic", "tier=standard"):
            analyst.post("/new/saved-view/overview/", {"name": "Ours", "query": query})

        assert SavedView.objects.get().query == "tier=standard"

    def test_they_are_each_persons_own(self, analyst, procurement, acme):
        analyst.post("/new/saved-view/overview/", {"name": "Ours", "query": "tier=strategic"})
        view = SavedView.objects.get()

        assert "Ours" not in text_of(procurement.get("/vendors/"))
        address = f"/saved-views/{view.pk}/delete/"
        assert procurement.post(address).status_code == 404
        assert SavedView.objects.exists()
        assert analyst.post(address)["Location"] == "/vendors/"
        assert not SavedView.objects.exists()

    @pytest.mark.parametrize("page", ["home", "people", "nowhere", "https:"])
    def test_only_lists_keep_views(self, analyst, page):
        answer = analyst.post(f"/new/saved-view/{page}/", {"name": "x", "query": "q=1"})

        assert answer.status_code == 404

    @pytest.mark.parametrize("given", [{"query": "q=1"}, {"name": "x", "query": "q" * 501}])
    def test_what_cannot_be_kept_is_said(self, analyst, given):
        answer = analyst.post("/new/saved-view/overview/", given)

        assert answer.status_code == 200
        assert not SavedView.objects.exists()
