import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_stays(client, theme):
    answer = client.post("/theme/", {"theme": theme, "next": "/login/"})

    assert (answer.status_code, answer["Location"]) == (302, "/login/")
    assert f'data-bs-theme="{theme}"' in client.get("/login/").content.decode()


@pytest.mark.parametrize("theme", ["system", "", "<script>"])
def test_any_other_choice_goes_back_to_the_system(client, theme):
    client.post("/theme/", {"theme": "dark"})
    client.post("/theme/", {"theme": theme})

    assert "data-bs-theme" not in client.get("/login/").content.decode()


def test_a_cookie_that_somebody_wrote_is_not_trusted(client):
    client.cookies["theme"] = 'x" onload="alert(1)'

    assert "onload" not in client.get("/login/").content.decode()


@pytest.mark.parametrize("page", ["https://evil.test/", "//evil.test/", "javascript:alert(1)", ""])
def test_the_way_back_never_leads_elsewhere(client, page):
    assert client.post("/theme/", {"theme": "dark", "next": page})["Location"] == "/"


def test_a_link_cannot_change_it(client):
    assert client.get("/theme/?theme=dark").status_code == 405


def test_a_wrong_password_is_said_without_naming_which(client):
    answer = client.post("/login/", {"username": "ana", "password": "wrong"})

    assert 'role="alert"' in answer.content.decode()
