"""The page that shows models without a price, and enters prices."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from control import price_overrides
from tests.app.backend import Backend
from tests.app.conftest import OpenPage
from tests.app.test_keys_pages import button
from tests.app.test_pages import texts
from tests.engine import WarehouseServer
from warehouse.clickhouse import connect_writer

COLUMNS = (
    "organization_id",
    "request_id",
    "created_at",
    "completed_at",
    "loaded_at",
    "step_kind",
    "provider",
    "request_model",
    "service_tier",
    "usage_source",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "price_source",
)


def test_a_price_is_entered_and_deleted(open_page: OpenPage, running_api: Backend, owner):
    token, organization_id = owner
    page = open_page("prices", token=token)
    assert not page.exception
    assert "Every call whose usage is known has a cost." in texts(page.caption)
    button(page, "Set a price").click().run()
    provider, model, _, input_usd, output_usd, *_ = page.text_input
    provider.set_value("fireworks")
    model.set_value("accounts/acme/models/*")
    input_usd.set_value("0.20")
    output_usd.set_value("0.80")
    button(page, "Save price").click().run()
    assert not page.exception
    (stored,) = price_overrides.in_organization(running_api.database, organization_id)
    assert (stored.provider, stored.model, stored.tier) == ("fireworks", "accounts/acme/models/*", None)
    assert stored.prices == {"input": Decimal("0.20"), "output": Decimal("0.80")}
    again = open_page("prices", token=token)
    assert "input 0.20, output 0.80" in texts(again.markdown).replace("\\", "")
    button(again, "Delete").click().run()
    assert not again.exception
    assert price_overrides.in_organization(running_api.database, organization_id) == []


def test_models_without_a_price_are_shown_by_name_and_get_one(
    open_page: OpenPage,
    running_api: Backend,
    owner,
    warehouse_server: WarehouseServer,
):
    token, organization_id = owner
    now = datetime.now(UTC)
    calls = [
        ("openai", "gpt-4o-mini", None, Decimal("0.01")),
        ("openai", "gpt-4o-mini", None, Decimal("0.01")),
        ("openai", "gpt-4o-mini", "turbo", None),
        ("fireworks", "accounts/acme/models/m1", None, None),
    ]
    rows = [
        [organization_id, uuid4(), now, now, now, "llm", provider, model, tier, "reported", 1000, 100, cost, "none"]
        for provider, model, tier, cost in calls
    ]
    connect_writer(warehouse_server.writer_url).insert("requests", rows, COLUMNS)
    page = open_page("prices", token=token)
    assert not page.exception
    shown = texts(page.markdown).replace("\\", "")
    assert "**accounts/acme/models/m1**" in shown
    assert "**gpt-4o-mini** at tier turbo" in shown
    assert "1 (25%)" in shown
    assert "1k in, 100 out" in shown
    assert "50% of the calls with known usage have no cost" in texts(page.caption)
    button(page, "Set price").click().run()
    filled = [field.value for field in page.text_input[:3]]
    assert filled in (["openai", "gpt-4o-mini", "turbo"], ["fireworks", "accounts/acme/models/m1", ""])


def test_a_mistake_in_a_price_is_told(open_page: OpenPage, owner):
    page = open_page("prices", token=owner[0])
    button(page, "Set a price").click().run()
    page.text_input[0].set_value("openai")
    page.text_input[1].set_value("gpt-4o")
    button(page, "Save price").click().run()
    assert not page.exception
    assert "prices" in texts(page.warning)


def test_members_are_told_whom_to_ask(open_page: OpenPage, running_api: Backend):
    token, _ = running_api.session_of_newcomer()
    page = open_page("prices", token=token)
    assert "For owners and admins" in texts(page.subheader)
