from datetime import timedelta

import pytest

from sigmasight.domain.access.tiers import Limits, Tier
from sigmasight.settings import Settings
from tests.support.builders import signing
from tests.unit.entrypoints.environment import Environment

WEBHOOK_SECRET = signing.SECRET
PUBLISHABLE_KEY = "pk_live_Y2xlcmsuY2xlcmsuZGV2JA"


class TestDefaults:
    def test_are_those_of_the_design(self, environment: Environment) -> None:
        settings = environment.load()

        assert settings.database_url is None
        assert settings.clerk_audience == "sigmasight.io"
        assert settings.clerk_api_url == "https://api.clerk.com/v1"
        assert settings.clerk_paid_plans == ["pro", "pro_user", "paid"]
        assert settings.grace == timedelta(days=7)
        assert settings.invite_code_enabled
        assert not settings.legacy_auth_enabled
        assert (settings.log_level, settings.log_format) == ("INFO", "console")

    def test_stand_where_a_variable_is_empty(self, environment: Environment) -> None:
        settings = environment.load(CLERK_AUDIENCE="", BILLING_GRACE_DAYS="", DATABASE_URL="")

        assert settings == environment.load()

    def test_leave_other_programs_variables_alone(self, environment: Environment) -> None:
        assert environment.load(CLERK_SOMETHING_ELSE="x", HOMEPAGE="y") == Settings.load(
            _env_file=None
        )


class TestLists:
    def test_are_comma_separated_and_trimmed(self, environment: Environment) -> None:
        settings = environment.load(
            CLERK_PAID_PLANS="gold, silver ,,",
            ADMIN_CLERK_USER_IDS="user_1,user_2",
            CLERK_AUTHORIZED_PARTIES="https://app.example.com/, http://localhost:3000",
            BETA_INVITE_CODE="one,two",
            CLERK_WEBHOOK_SECRET=f"{WEBHOOK_SECRET}, {WEBHOOK_SECRET}",
        )

        assert settings.clerk_paid_plans == ["gold", "silver"]
        assert settings.admin_clerk_user_ids == ["user_1", "user_2"]
        assert settings.clerk_authorized_parties == [
            "https://app.example.com",
            "http://localhost:3000",
        ]
        assert [code.get_secret_value() for code in settings.beta_invite_code] == ["one", "two"]
        assert len(settings.clerk_webhook_secret) == 2

    def test_of_origins_are_ours_whether_clerk_or_cors_names_them(
        self, environment: Environment
    ) -> None:
        settings = environment.load(
            CLERK_AUTHORIZED_PARTIES="https://a.example.com",
            CORS_ALLOWED_ORIGINS="https://b.example.com",
        )

        assert settings.origins == {"https://a.example.com", "https://b.example.com"}


class TestClerk:
    def test_issuer_and_key_set_derive_from_the_domain(self, environment: Environment) -> None:
        settings = environment.load(CLERK_DOMAIN="clerk.example.com")

        assert settings.issuer == "https://clerk.example.com"
        assert settings.jwks_url == "https://clerk.example.com/.well-known/jwks.json"

    def test_issuer_and_key_set_derive_from_the_publishable_key(
        self, environment: Environment
    ) -> None:
        settings = environment.load(NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY=PUBLISHABLE_KEY)

        assert settings.issuer == "https://clerk.clerk.dev"
        assert settings.jwks_url == "https://clerk.clerk.dev/.well-known/jwks.json"

    def test_domain_takes_precedence_over_the_publishable_key(
        self, environment: Environment
    ) -> None:
        settings = environment.load(
            CLERK_DOMAIN="clerk.example.com", NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY=PUBLISHABLE_KEY
        )

        assert settings.issuer == "https://clerk.example.com"

    def test_issuer_and_key_set_may_be_named_outright(self, environment: Environment) -> None:
        settings = environment.load(
            CLERK_DOMAIN="clerk.example.com",
            CLERK_ISSUER="https://issuer.example.com/",
            CLERK_JWKS_URL="https://keys.example.com/jwks",
        )

        assert settings.issuer == "https://issuer.example.com"
        assert settings.jwks_url == "https://keys.example.com/jwks"

    def test_key_set_derives_from_the_issuer_alone(self, environment: Environment) -> None:
        settings = environment.load(CLERK_ISSUER="https://issuer.example.com")

        assert settings.jwks_url == "https://issuer.example.com/.well-known/jwks.json"

    @pytest.mark.parametrize(
        ("key", "suffix"),
        [
            ("pk_live_Y2xlcmsuY2xlcmsuZGV2JA", "1Z8AzTQD"),
            ("pk_test_Y2xlcmsuY2xlcmsuZGV2JA", "QvfNY2dr"),
        ],
    )
    def test_session_cookie_with_the_publishable_keys_suffix_takes_precedence(
        self, environment: Environment, key: str, suffix: str
    ) -> None:
        settings = environment.load(NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY=key)

        assert settings.session_cookies == (f"__session_{suffix}", "__session")

    def test_session_cookie_without_a_publishable_key_is_the_plain_one(
        self, environment: Environment
    ) -> None:
        assert environment.load().session_cookies == ("__session",)

    def test_key_may_be_written_on_one_line(self, environment: Environment) -> None:
        settings = environment.load(CLERK_JWT_KEY=signing.pem().replace("\n", "\\n"))

        assert settings.clerk_jwt_key == signing.pem()


class TestTierLimits:
    def test_override_only_the_named_settings(self, environment: Environment) -> None:
        settings = environment.load(
            TIER_LIMITS='{"free": {"max_portfolios": 3}, "paid": {"max_ai_messages": null}}'
        )

        assert settings.limits == {
            Tier.FREE: Limits(max_portfolios=3, max_ai_messages=100),
            Tier.PAID: Limits(max_portfolios=10, max_ai_messages=None),
        }
