"""Commands of curl: a shell gives the program exactly what the request has."""

import json
import shlex

from hypothesis import given
from hypothesis import strategies as st

from sigmasight.entrypoints.local.console.curl import command, file_part

URL = "http://127.0.0.1:8000/api/v1/positions?portfolio_id=1&x=y"
TOKEN = "$(curl -s http://127.0.0.1:8001/tokens/ann)"  # noqa: S105  a command
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


def words(text: str) -> list[str]:
    return shlex.split(text.replace("\\\n", " "))


def test_reading_needs_no_method() -> None:
    text = command("GET", URL, authorization=TOKEN)

    assert words(text) == ["curl", "-s", URL, "-H", f"Authorization: Bearer {TOKEN}"]


def test_a_post_without_a_body_names_its_method() -> None:
    assert "-X POST" in command("POST", URL, authorization=TOKEN)


@given(texts)
def test_bodies_arrive_as_they_are(text: str) -> None:
    sent = words(command("POST", URL, authorization=TOKEN, body={"text": text}))

    assert json.loads(sent[sent.index("-d") + 1]) == {"text": text}
    assert "-X" not in sent


@given(texts)
def test_fields_arrive_as_they_are_even_those_that_look_like_files(text: str) -> None:
    sent = words(command("POST", URL, authorization=TOKEN, fields={"name": f"@{text}"}, file="@-"))

    assert sent[sent.index("--form-string") + 1] == f"name=@{text}"
    assert sent[sent.index("-F") + 1] == "csv_file=@-"


def test_the_name_of_a_file_is_quoted_for_curl() -> None:
    assert file_part('a "b"\\;c.csv') == '@"a \\"b\\"\\\\;c.csv"'
