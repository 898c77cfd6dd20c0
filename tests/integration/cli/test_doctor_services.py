"""`sigmasight doctor`: faults of Clerk, webhooks and the model, each found by its name."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from tests.integration.cli.doctor_settings import fault_of, healthy
from tests.integration.cli.operator_cli import OperatorCli
from tests.support.builders import signing
from tests.support.fakes.clerk import FakeClerk
from tests.support.servers.api_servers import Server, free_port
from tests.support.servers.model_server import model_server

OTHER_SECRET: Final = f"whsec_{b64encode(b'another secret of the tests').decode()}"


class TestPlantedFaults:
    async def test_an_issuer_of_another_name(self, cli: OperatorCli, clerk: FakeClerk) -> None:
        other = clerk.url.replace("127.0.0.1", "localhost")
        settings = {**healthy(clerk), "CLERK_ISSUER": other, "SIGMASIGHT_TOKEN": ""}
        fault = await fault_of(cli, settings)

        assert fault["check"] == "issuer"
        assert f"CLERK_ISSUER={clerk.url}" in fault["remedy"]

    async def test_a_publishable_key_of_another_instance(
        self, cli: OperatorCli, clerk: FakeClerk
    ) -> None:
        settings = {
            **healthy(clerk),
            "CLERK_JWKS_URL": f"{clerk.url}/.well-known/jwks.json",
            "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": "pk_test_Y2xlcmsuZXhhbXBsZS5jb20k",
        }
        fault = await fault_of(cli, settings)

        assert fault["check"] == "issuer"
        assert "clerk.example.com" in fault["detail"]

    async def test_no_keys_at_their_address(self, cli: OperatorCli, clerk: FakeClerk) -> None:
        settings = {**healthy(clerk), "SIGMASIGHT_TOKEN": ""}
        fault = await fault_of(cli, {**settings, "CLERK_JWKS_URL": f"{clerk.url}/nothing"})

        assert fault["check"] == "keys"
        assert "status 404" in fault["detail"]

    async def test_a_key_that_is_not_clerks(self, cli: OperatorCli, clerk: FakeClerk) -> None:
        pem = signing.pem(signing.an_rsa_key())
        settings = {**healthy(clerk), "CLERK_JWT_KEY": pem, "SIGMASIGHT_TOKEN": ""}
        fault = await fault_of(cli, settings)

        assert fault["check"] == "keys"
        assert "none of those" in fault["detail"]

    async def test_a_wrong_secret_key(self, cli: OperatorCli, clerk: FakeClerk) -> None:
        fault = await fault_of(cli, {**healthy(clerk), "CLERK_SECRET_KEY": "sk_test_wrong"})

        assert fault["check"] == "backend_api"
        assert "refuses CLERK_SECRET_KEY" in fault["detail"]

    async def test_an_address_that_is_not_the_backend_api(
        self, cli: OperatorCli, clerk: FakeClerk
    ) -> None:
        fault = await fault_of(cli, {**healthy(clerk), "CLERK_API_URL": clerk.url})

        assert fault["check"] == "backend_api"
        assert "/v1" in fault["remedy"]

    async def test_a_plan_that_is_not_listed(self, cli: OperatorCli, clerk: FakeClerk) -> None:
        settings = {**healthy(clerk), "CLERK_PAID_PLANS": "gold"}
        [account] = clerk.instance.accounts()
        plan = clerk.instance.paid_item(account.id).plan
        fault = await fault_of(cli, settings)

        assert fault["check"] == "plans"
        assert f"CLERK_PAID_PLANS=gold,{plan}" in fault["remedy"]

    @pytest.mark.parametrize(
        ("changes", "detail"),
        [
            ({"claims": {"email_verified": "x"}}, "lacks the claim email"),
            ({"claims": {"email": "x"}}, "lacks the claim email_verified"),
            ({"lifetime": 86_401}, "lives for 86401 seconds"),
            ({"custom_signing_key": True}, "a signing key of its own"),
            ({"claims": {"aud": "other", "email": "x", "email_verified": "x"}}, "audience other"),
        ],
    )
    async def test_a_token_template(
        self, cli: OperatorCli, clerk: FakeClerk, changes: Mapping[str, Any], detail: str
    ) -> None:
        clerk.clerk.templates[0] |= changes
        fault = await fault_of(cli, healthy(clerk))

        assert fault["check"] == "token_template"
        assert detail in fault["detail"]

    async def test_a_token_without_claims(self, cli: OperatorCli, clerk: FakeClerk) -> None:
        token = signing.a_token(iss=clerk.url, email=None)
        fault = await fault_of(cli, healthy(clerk), "--token", token)

        assert fault["check"] == "token"
        for claim in ("email", "email_verified", "azp"):
            assert claim in fault["detail"]

    async def test_a_webhook_secret_that_the_server_lacks(
        self, cli: OperatorCli, clerk: FakeClerk, two_servers: Sequence[Server]
    ) -> None:
        settings = {**healthy(clerk), "CLERK_WEBHOOK_SECRET": OTHER_SECRET}
        fault = await fault_of(cli, settings, "--server", two_servers[0].url)

        assert fault["check"] == "webhook_secret"
        assert "refuses a delivery" in fault["detail"]

    async def test_a_server_that_is_not_there(self, cli: OperatorCli, clerk: FakeClerk) -> None:
        url = f"http://127.0.0.1:{free_port()}"
        fault = await fault_of(cli, healthy(clerk), "--server", url)

        assert (fault["check"], fault["detail"]) == (
            "webhook_secret",
            f"{url} does not answer (ConnectError).",
        )

    async def test_a_model_that_is_not_there(self, cli: OperatorCli, clerk: FakeClerk) -> None:
        async with model_server() as model:
            settings = {**healthy(clerk), "OPENAI_BASE_URL": model.url, "OPENAI_MODEL": "gpt-9"}
            fault = await fault_of(cli, settings)

        assert fault["check"] == "model"
        assert "gpt-4o-mini" in fault["remedy"]

    async def test_a_dead_model_server(self, cli: OperatorCli, clerk: FakeClerk) -> None:
        url = f"http://127.0.0.1:{free_port()}/v1"
        fault = await fault_of(cli, {**healthy(clerk), "OPENAI_BASE_URL": url})

        assert fault["check"] == "model"
        assert "does not answer" in fault["detail"]
