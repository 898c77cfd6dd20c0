import pytest

from tests.support.builders import signing
from tests.unit.entrypoints.environment import SERVING, Environment

WEBHOOK_SECRET = signing.SECRET
SECRETS = {
    "DATABASE_URL": "postgresql://app:hunter2-database@db/app",
    "CLERK_SECRET_KEY": "hunter2-clerk",
    "CLERK_WEBHOOK_SECRET": WEBHOOK_SECRET,
    "BETA_INVITE_CODE": "hunter2-invite",
    "SECRET_KEY": "hunter2-" + "x" * 32,
    "OPENAI_API_KEY": "hunter2-model",
}


class TestFaults:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_URL", "mysql://user:hunter2@db/app"),
            ("DATABASE_URL", "hunter2"),
            ("DATABASE_URL", "postgresql://user:hunter2@db:65536/app"),
            ("DATABASE_URL", "postgresql://user:hunter2@db:none/app"),
            ("CLERK_DOMAIN", "https://clerk.example.com"),
            ("CLERK_DOMAIN", "clerk.example.com/path"),
            ("CLERK_DOMAIN", "clerk"),
            ("CLERK_ISSUER", "clerk.example.com"),
            ("CLERK_ISSUER", "http://clerk.example.com"),
            ("CLERK_ISSUER", "https://["),
            ("CLERK_ISSUER", "https://legacy.sigmasight.io"),
            ("CLERK_ISSUER", "https://legacy.sigmasight.io/"),
            ("CLERK_ISSUER", "https://LEGACY.sigmasight.io"),
            ("CLERK_DOMAIN", "legacy.sigmasight.io"),
            ("NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY", "pk_live_bGVnYWN5LnNpZ21hc2lnaHQuaW8k"),
            ("CLERK_JWKS_URL", "ftp://clerk.example.com/jwks.json"),
            ("CLERK_API_URL", "http://api.clerk.com/v1"),
            ("CLERK_JWT_KEY", "hunter2"),
            ("RISK_FREE_RATE", "5 %"),
            ("RISK_FREE_RATE", "4"),
            ("STRESS_SCENARIOS_FILE", "missing.toml"),
            ("CLERK_JWT_KEY", "-----BEGIN PUBLIC KEY-----\\nMIIB\\n-----END PUBLIC KEY-----"),
            ("CLERK_AUTHORIZED_PARTIES", "app.example.com"),
            ("CLERK_AUTHORIZED_PARTIES", "https://app.example.com/path"),
            ("CLERK_AUTHORIZED_PARTIES", "https://*.example.com"),
            ("CORS_ALLOWED_ORIGINS", "*"),
            ("NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY", "sk_live_hunter2"),
            ("NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY", "pk_live_hunter2"),
            ("NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY", "pk_live_"),
            ("CLERK_WEBHOOK_SECRET", "hunter2"),
            ("CLERK_WEBHOOK_SECRET", "whsec_"),
            ("CLERK_WEBHOOK_SECRET", "whsec_hunter2=="),
            ("CLERK_WEBHOOK_SECRET", f"{WEBHOOK_SECRET},whsec_hunter2"),
            ("BILLING_GRACE_DAYS", "-1"),
            ("BILLING_GRACE_DAYS", "a week"),
            ("INVITE_CODE_ENABLED", "perhaps"),
            ("RATE_LIMITS", "lots"),
            ("RATE_LIMITS", '["*"]'),
            ("RATE_LIMITS", '{"*": "many"}'),
            ("RATE_LIMITS", '{"*": "0/minute"}'),
            ("RATE_LIMITS", '{"*": "5/fortnight"}'),
            ("RATE_LIMITS", '{"chat": "5/minute"}'),
            ("RATE_LIMITS", '{"post /chat": "5/minute"}'),
            ("TIER_LIMITS", "lots"),
            ("TIER_LIMITS", "[]"),
            ("TIER_LIMITS", '{"gold": {"max_portfolios": 3}}'),
            ("TIER_LIMITS", '{"free": {"max_portfolios": -1}}'),
            ("TIER_LIMITS", '{"free": {"max_portfolio": 1}}'),
            ("LEGACY_AUTH_ENABLED", "perhaps"),
            ("SECRET_KEY", "hunter2"),
            ("OPENAI_BASE_URL", "not a url"),
            ("OPENAI_API_KEY", "hunter2 and more"),
            ("OPENAI_API_KEY", "hünter2"),
            ("CLERK_SECRET_KEY", "hunter2\n"),
            ("CLERK_SECRET_KEY", "hünter2"),
            ("LOG_LEVEL", "LOUD"),
            ("LOG_FORMAT", "xml"),
        ],
    )
    def test_name_the_setting_and_not_its_value(
        self, environment: Environment, name: str, value: str
    ) -> None:
        [fault] = environment.faults_of(**{name: value})

        assert fault.startswith(f"{name} ")
        assert fault.endswith(".")
        assert "hunter2" not in fault

    def test_are_reported_all_at_once(self, environment: Environment) -> None:
        faults = environment.faults_of(LOG_LEVEL="LOUD", CLERK_DOMAIN="x", TIER_LIMITS="lots")

        assert sorted(fault.split()[0] for fault in faults) == [
            "CLERK_DOMAIN",
            "LOG_LEVEL",
            "TIER_LIMITS",
        ]

    @pytest.mark.parametrize("missing", sorted(SERVING))
    def test_of_missing_settings_stop_a_server_and_name_them(
        self, environment: Environment, missing: str
    ) -> None:
        [fault] = environment.faults_of(**{missing: ""})

        assert fault.startswith(f"{missing} is missing")
        assert fault.endswith(".")

    def test_of_legacy_auth_without_a_key_to_sign_with(self, environment: Environment) -> None:
        [fault] = environment.faults_of(LEGACY_AUTH_ENABLED="true")

        assert fault.startswith("SECRET_KEY is missing")

    @pytest.mark.parametrize("secret", ["x" * 32, "x" * 1000, "pass phrase with blanks in it, too"])
    def test_none_of_legacy_auth_with_a_key_to_sign_with(
        self, environment: Environment, secret: str
    ) -> None:
        settings = environment.load_for_serving(
            **SERVING, LEGACY_AUTH_ENABLED="true", SECRET_KEY=secret
        )

        assert settings.legacy_auth_enabled

    def test_none_with_all_a_server_needs(self, environment: Environment) -> None:
        settings = environment.load_for_serving(**SERVING)

        assert settings.issuer == "https://clerk.example.com"

    def test_none_without_an_invite_code_where_none_is_required(
        self, environment: Environment
    ) -> None:
        settings = environment.load_for_serving(
            **{**SERVING, "BETA_INVITE_CODE": "", "INVITE_CODE_ENABLED": "false"}
        )

        assert not settings.invite_code_enabled


class TestSecrets:
    def test_are_in_no_repr_str_or_dump(self, environment: Environment) -> None:
        settings = environment.load(**SECRETS)

        shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"

        assert "hunter2" not in shown
        assert WEBHOOK_SECRET not in shown
        assert WEBHOOK_SECRET.removeprefix("whsec_") not in shown

    @pytest.mark.parametrize("name", sorted(SECRETS))
    def test_do_not_appear_in_errors_of_other_settings(
        self, environment: Environment, name: str
    ) -> None:
        faults = environment.faults_of(**{name: SECRETS[name]}, LOG_LEVEL="LOUD")

        assert len(faults) == 1
        assert SECRETS[name] not in faults[0]

    @pytest.mark.parametrize(
        "password", ["hunter2[", "hunter2]", "[hunter2]", "hunter2\N{CARE OF}", "hunter2?#/"]
    )
    def test_that_make_a_database_url_unreadable_do_not_appear_in_errors(
        self, environment: Environment, password: str
    ) -> None:
        [fault] = environment.faults_of(DATABASE_URL=f"postgresql://app:{password}@db/app")

        assert "escape characters of the password such as / ? # [ ]" in fault
        assert "hunter2" not in fault

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://app:hunter2%2F%3F@db:6432/app",
            "postgresql://app:hunter2@one:5432,two,[::1]:5433/app?target_session_attrs=read-write",
            "postgresql://app@/app?host=/run/postgresql",
        ],
    )
    def test_in_a_database_url_in_libpq_format_are_accepted(
        self, environment: Environment, url: str
    ) -> None:
        settings = environment.load(DATABASE_URL=url)

        assert settings.database_url is not None
        assert settings.database_url.get_secret_value() == url
