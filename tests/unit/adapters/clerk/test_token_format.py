"""What is not three segments of base64url, or too long, is not even looked at."""

import pytest

from sigmasight.adapters.clerk.session_tokens import ClerkSessionTokens
from sigmasight.adapters.jwt import MAX_TOKEN_BYTES
from sigmasight.domain.identity.sessions import TokenMalformedError, TokenSignatureInvalidError
from tests.support.builders import signing
from tests.support.builders.session_tokens import a_token, with_segment


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "null",
        " " + a_token(),
        a_token() + " ",
        a_token() + "\n",
        a_token().replace(".", ". ", 1),
        a_token() + "=",
        with_segment(a_token(), 2, a_token().split(".")[2] + "=="),
        with_segment(a_token(), 1, a_token().split(".")[1] + "="),
        with_segment(a_token(), 2, "+/" + a_token().split(".")[2][2:]),
        a_token().rpartition(".")[0],
        a_token() + ".",
        a_token() + ".AAAA",
        a_token() + ".AAAA.AAAA",
        "Bearer " + a_token(),
        a_token()[:-1] + "é",
        a_token()[:-1] + "\x00",
        "\N{FULLWIDTH DIGIT ONE}." + a_token().partition(".")[2],
        "🔑",
        "\udcff" * 3,
        with_segment(a_token(), 1, "A"),
        with_segment(a_token(), 0, "A"),
        with_segment(a_token(), 2, "A"),
    ],
)
async def test_anything_but_three_segments_of_base64url_is_refused(
    tokens: ClerkSessionTokens, token: str
) -> None:
    with pytest.raises((TokenMalformedError, TokenSignatureInvalidError)):
        await tokens.verify(token)


async def test_a_token_of_at_most_8_kb_is_read_and_a_longer_one_is_not(
    tokens: ClerkSessionTokens,
) -> None:
    pad = (MAX_TOKEN_BYTES - len(a_token(pad=""))) * 3 // 4
    around = [
        a_token(head=signing.header(o=header), pad="x" * length)
        for header in (None, "o", "oo")
        for length in range(pad - 16, pad + 4)
    ]
    fitting = next(token for token in around if len(token) == MAX_TOKEN_BYTES)
    longer = a_token(pad="x" * 6000)

    assert (await tokens.verify(fitting)).clerk_user_id == "user_ann"
    with pytest.raises(TokenMalformedError):
        await tokens.verify(fitting + "A")
    with pytest.raises(TokenMalformedError):
        await tokens.verify(longer)
