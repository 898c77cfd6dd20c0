"""Which webhooks count as signed; svix compares their time with the machine's own clock."""

import hmac
import time
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.adapters.svix import SvixSignatures
from sigmasight.domain.clerk_events.inbox import Delivery, WebhookSignatureInvalidError
from tests.support.builders import signing
from tests.support.fakes.clerk_events import RecordingMonitor

OTHER: Final = "whsec_" + b64encode(b"another webhook secret altogether").decode()
EVENT: Final = {"type": "user.created", "data": {"id": "user_ann"}}
Webhook = tuple[dict[str, str], bytes]


def a_webhook(svix_id: str = "msg_1", secret: str = signing.SECRET, **more: str) -> Webhook:
    headers, body = signing.a_webhook(EVENT, svix_id=svix_id, secret=secret)
    return {**headers, **{f"svix-{name}": value for name, value in more.items()}}, body


def a_webhook_at(timestamp: str, *, signed: str | None = None) -> Webhook:
    """Sign a webhook over a timestamp written exactly so, or over another."""
    headers, body = a_webhook()
    signature = _sign(f"msg_1.{signed or timestamp}.".encode() + body)
    return {**headers, "svix-timestamp": timestamp, "svix-signature": f"v1,{signature}"}, body


def _sign(content: bytes) -> str:
    key = b64decode(signing.SECRET.removeprefix("whsec_"))
    return b64encode(hmac.digest(key, content, "sha256")).decode()


def verify(webhook: Webhook, *secrets: str) -> Delivery:
    return SvixSignatures(secrets or (signing.SECRET,), RecordingMonitor()).verify(*webhook)


def is_refused(webhook: Webhook, *secrets: str) -> bool:
    try:
        verify(webhook, *secrets)
    except WebhookSignatureInvalidError:
        return True
    return False


def test_a_signed_webhook_is_a_delivery() -> None:
    headers, body = a_webhook("msg_7")

    delivery = verify((headers, body))

    attempted_at = datetime.fromtimestamp(int(headers["svix-timestamp"]), UTC)
    assert delivery == Delivery(id="msg_7", attempted_at=attempted_at, body=body)


def test_any_of_several_secrets_may_have_signed() -> None:
    assert verify(a_webhook(secret=OTHER), signing.SECRET, OTHER).id == "msg_1"
    assert verify(a_webhook(), OTHER, signing.SECRET).id == "msg_1"
    assert is_refused(a_webhook(secret=OTHER), signing.SECRET)


def test_the_secret_that_signed_is_counted_by_its_place_in_the_settings() -> None:
    monitor = RecordingMonitor()
    signatures = SvixSignatures([OTHER, signing.SECRET], monitor)

    signatures.verify(*a_webhook())
    signatures.verify(*a_webhook(secret=OTHER))
    with pytest.raises(WebhookSignatureInvalidError):
        signatures.verify({**a_webhook()[0], "svix-id": "msg_2"}, a_webhook()[1])

    assert monitor.secrets == [2, 1]


def test_without_secrets_nothing_is_signed() -> None:
    with pytest.raises(WebhookSignatureInvalidError):
        SvixSignatures([], RecordingMonitor()).verify(*a_webhook())


def test_one_of_several_signatures_is_enough() -> None:
    headers, body = a_webhook()
    _, _, right = headers["svix-signature"].partition(",")
    several = f"v1,{b64encode(b'wrong').decode()} v2,{right} v1a,{right} v1,{right}"

    assert verify(({**headers, "svix-signature": several}, body)).id == "msg_1"


@pytest.mark.parametrize("name", ["svix-id", "svix-timestamp", "svix-signature"])
def test_a_header_that_is_missing_or_empty_is_refused(name: str) -> None:
    headers, body = a_webhook()

    assert is_refused(({**headers, name: ""}, body))
    assert is_refused(({key: value for key, value in headers.items() if key != name}, body))


def test_clerk_signs_with_svix_headers_and_no_others() -> None:
    headers, body = a_webhook()
    unbranded = {name.replace("svix", "webhook"): value for name, value in headers.items()}

    assert is_refused((unbranded, body))
    for name in headers:
        renamed = {**headers, name.replace("svix", "webhook"): headers[name]}
        del renamed[name]
        assert is_refused((renamed, body))


@pytest.mark.parametrize(
    "signature",
    [
        *(
            "v1",
            "v1,",
            ",",
            " ",
            "v1,,",
            "garbage",
            "v1,garbage",
            "v1,AAAA",
            "v1,é",
            "v1,=",
            "v1,a",
        ),
        *("{}x", "v2,{0}", "v1a,{0}", "{0}", "v1 {0}", "v1,{0},x", "x v1,{0} ", "  v1,{0}"),
    ],
)
def test_a_malformed_or_wrong_signature_is_refused(signature: str) -> None:
    headers, body = a_webhook()
    right = headers["svix-signature"].removeprefix("v1,")

    assert is_refused(({**headers, "svix-signature": signature.format(right)}, body))


@pytest.mark.parametrize(
    "write",
    [
        "{}.75",
        "+{}",
        "0{}",
        " {}",
        "{} ",
        "{}\n",
        "{}_0",
        "-{}",
        "{}e0",
        "0x{}",
        "NaN",
        "inf",
        "",
        "x",
    ],
)
def test_a_timestamp_that_is_no_plain_number_is_refused_even_when_signed(write: str) -> None:
    now = str(int(time.time()))

    assert not is_refused(a_webhook_at(now))
    assert is_refused(a_webhook_at(write.format(now)))
    assert is_refused(a_webhook_at(write.format(now), signed=now))  # as the library reads it


def test_a_timestamp_in_another_script_is_refused_even_when_signed() -> None:
    now = str(int(time.time()))
    arabic = "".join(chr(0x0660 + int(digit)) for digit in now)

    assert is_refused(a_webhook_at(arabic))
    assert is_refused(a_webhook_at(arabic, signed=now))


@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24, 60 * 24 * 365 * 100])
def test_a_timestamp_more_than_5_minutes_off_is_refused_even_when_signed(minutes: int) -> None:
    now = datetime.fromtimestamp(time.time(), UTC)

    assert is_refused(signing.a_webhook(EVENT, at=now + timedelta(minutes=minutes)))


@pytest.mark.parametrize("timestamp", ["0", "9" * 20, "9" * 400])
def test_a_timestamp_of_no_calendar_is_refused(timestamp: str) -> None:
    assert is_refused(a_webhook_at(timestamp))


def test_an_id_of_1_to_255_characters_is_accepted_and_a_longer_one_refused() -> None:
    assert verify(a_webhook("m")).id == "m"
    assert verify(a_webhook("m" * 255)).id == "m" * 255
    assert is_refused(a_webhook("m" * 256))


def test_headers_of_one_webhook_do_not_sign_another() -> None:
    headers, body = a_webhook("msg_1")
    others, _ = a_webhook("msg_2")

    assert is_refused(({**headers, "svix-id": "msg_2"}, body))
    assert is_refused(({**headers, "svix-signature": others["svix-signature"]}, body))
    earlier = str(int(headers["svix-timestamp"]) - 1)
    assert is_refused(({**headers, "svix-timestamp": earlier}, body))


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"\x00", b"{}", b'{"type": "user.created"}'])
def test_another_body_is_refused(body: bytes) -> None:
    headers, _ = a_webhook()

    assert is_refused((headers, body))


@given(index=st.integers(0, len(a_webhook()[1]) - 1), bits=st.integers(1, 255))
def test_a_body_altered_by_a_byte_is_refused(index: int, bits: int) -> None:
    headers, body = a_webhook()
    altered = bytes([*body[:index], body[index] ^ bits, *body[index + 1 :]])

    assert is_refused((headers, altered))


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=60), st.binary(max_size=40))
def test_only_signed_webhooks_are_accepted(
    svix_id: str, timestamp: str, signature: str, body: bytes
) -> None:
    headers = {"svix-id": svix_id, "svix-timestamp": timestamp, "svix-signature": signature}

    assert is_refused((headers, body))
    assert is_refused(({**headers, "svix-timestamp": str(int(time.time()))}, body))
