"""The pages of keys over the real api: who may see them, what goes in, and what never comes out."""

from datetime import timedelta

import pytest

from control import api_keys, provider_keys
from control.key_limits import KeyLimit
from control.sealing import SecretBox
from tests.app.backend import Backend
from tests.app.conftest import OpenPage
from tests.app.test_pages import texts

BOX = SecretBox(["a secret key of thirty-two characters"])
SECRET = "sk-proj-abcdefgh-0123456789-wxyz"


def button(page, label: str):
    return next(each for each in page.button if each.label == label)


@pytest.mark.parametrize("name", ["keys", "provider-keys"])
def test_members_are_told_whom_to_ask(open_page: OpenPage, running_api: Backend, name):
    token, _ = running_api.session_of_newcomer()
    page = open_page(name, token=token)
    assert not page.exception
    assert "For owners and admins" in texts(page.subheader)
    assert not [each for each in page.button if each.label in ("New key", "Add key")]


def test_a_key_is_made_shown_once_and_revoked(open_page: OpenPage, running_api: Backend, owner):
    token, organization_id = owner
    page = open_page("keys", token=token)
    assert "No key yet" in texts(page.markdown)
    button(page, "New key").click().run()
    page.text_input[0].set_value("checkout")
    page.number_input[0].set_value(1000)
    page.number_input[2].set_value(5.0)
    button(page, "Make key").click().run()
    assert not page.exception
    (secret,) = [code.value for code in page.code]
    key = api_keys.find(running_api.database, secret)
    assert (key.organization_id, key.name) == (organization_id, "checkout")
    assert set(key.limits) == {KeyLimit(1000, 86_400, "request"), KeyLimit(500, 86_400, "cent")}

    again = open_page("keys", token=token)
    assert secret not in texts(again.markdown) + texts(again.code)
    assert "1k requests per day" in texts(again.markdown).replace("\\", "")
    button(again, "Revoke").click().run()
    button(again, "Revoke key").click().run()
    assert not again.exception
    assert api_keys.find(running_api.database, secret) is None
    assert "No key yet" in texts(open_page("keys", token=token).markdown)


def test_a_mistake_in_the_form_is_told(open_page: OpenPage, owner):
    page = open_page("keys", token=owner[0])
    button(page, "New key").click().run()
    button(page, "Make key").click().run()
    assert not page.exception
    assert "needs a name" in texts(page.warning)


def test_expired_keys_stand_apart(open_page: OpenPage, running_api: Backend, owner):
    token, organization_id = owner
    key, _ = api_keys.create(running_api.database, organization_id, "old app")
    api_keys.revoke(running_api.database, organization_id, key.id, now=key.created_at + timedelta(days=1))
    page = open_page("keys", token=token)
    assert [expander.label for expander in page.expander] == ["Revoked and expired (1)"]
    assert "old app" in texts(page.caption)


def test_a_provider_key_goes_in_and_never_comes_out(open_page: OpenPage, running_api: Backend, owner):
    token, organization_id = owner
    page = open_page("provider-keys", token=token)
    assert "No provider key stored" in texts(page.markdown)
    button(page, "Add key").click().run()
    page.selectbox[0].set_value("azure").run()
    name, resource, *_, secret = page.text_input
    name.set_value("production")
    assert resource.label == "Resource"
    resource.set_value("acme-eu")
    secret.set_value(SECRET)
    button(page, "Store key").click().run()
    assert not page.exception
    (stored,) = provider_keys.in_organization(running_api.database, organization_id)
    assert (stored.secret(BOX), stored.parts) == (SECRET, {"resource": "acme-eu"})

    again = open_page("provider-keys", token=token)
    shown = texts(again.markdown).replace("\\", "")
    assert "`…wxyz`" in shown
    assert "resource acme-eu" in shown
    assert SECRET not in shown
    button(again, "Remove").click().run()
    button(again, "Remove key").click().run()
    assert not again.exception
    assert provider_keys.in_organization(running_api.database, organization_id) == []
