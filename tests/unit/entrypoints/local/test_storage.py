"""The local Clerk's file, from one start to the next."""

import stat
from pathlib import Path

import msgspec
import pytest

from sigmasight.entrypoints.local.clerk.named_accounts import ensure_account
from sigmasight.entrypoints.local.clerk.signing import Secrets
from sigmasight.entrypoints.local.clerk.storage import load
from tests.support.builders import signing

SECRETS = Secrets(signing.KEY.as_dict(private=True), signing.SECRET)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file as it was when it held the secrets alone."""
    file = tmp_path / "clerk.json"
    file.write_bytes(msgspec.json.encode(SECRETS))
    return file


def test_the_first_start_makes_secrets_only_their_owner_can_read(tmp_path: Path) -> None:
    file = tmp_path / "clerk.json"

    made, _ = load(file)
    found, _ = load(file)

    assert (made.key, made.webhook_secret) == (found.key, found.webhook_secret)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_with_secrets_alone_is_an_instance_without_users(file: Path) -> None:
    secrets, instance = load(file)

    assert (secrets.key, secrets.webhook_secret) == (SECRETS.key, SECRETS.webhook_secret)
    assert instance.state.accounts == {}


def test_all_users_and_changes_survive_a_restart(file: Path) -> None:
    _, instance = load(file)
    ann = ensure_account(instance, "ann")
    session = instance.sign_in(ann.id)
    instance.revoke(session.id)
    instance.set_status(instance.paid_item(ann.id), "canceled")

    _, again = load(file)

    assert again.state == instance.state
    assert again.session(session.id).status == "revoked"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
