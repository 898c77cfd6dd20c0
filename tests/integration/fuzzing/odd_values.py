"""Values that break naive code, as JSON text, as text, and as headers."""

import json
from collections.abc import Sequence
from typing import Final

ODD_TEXTS: Final[Sequence[str]] = (
    *("", " ", "\x00", "a\x00b", "\x1b[31m", "\u202eevil", "\u200b", "\ufeff", "\uffff", "é" * 50),
    *("😀", "a" * 1_000, "a" * 50_000, "%", "%00", "'; --", "\\", "..", "/", "${x}", "{{x}}"),
    *("NaN", "Infinity", "-0", "1e5", "1_000", "٣", "0x10", "1E999999999999999999999"),
    *("2026-02-30", "0001-01-01", "9999-12-31", "10000-01-01", "2026-01-01T25:00:00Z"),
    *("00000000-0000-0000-0000-000000000000", "null", "true", "[]", "{}"),
)
ODD_NUMBERS: Final[Sequence[str]] = (
    *("0", "-0", "-1", "0.1", "1e5", "1e400", "-1e400", "1e9999", "1e20000", "1e-400", "1e-20000"),
    *("1E999999999999999999999", "-1E-999999999999999999999", "1e999999999", "1e-999999999"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775809", "1" * 400),
    *("1" * 30 + ".5", "0." + "1" * 400, "1" * 5_000),
)
ODD_JSON: Final[Sequence[str]] = (
    *("null", "true", "[]", "{}", "[null]", '[""]', "[[1E999999999999999999999]]"),
    *('{"a":1E999999999999999999999}', '{"\\u0000":"\\u0000"}', '{"a":{"b":["\\u0000"]}}'),
    *('"\\ud800"', '"\\udfff\\ud800"', "[" * 200 + "]" * 200, "[" * 20_000, '{"a":' * 200 + "1"),
    *ODD_NUMBERS,
    *(json.dumps(text) for text in ODD_TEXTS),
)
ODD_BODIES: Final[Sequence[bytes]] = (
    *(b"", b" ", b"{", b"}", b"\xff\xfe", b"\x00", b'"\xff"', b"{" * 5_000, b'{"a":1,"a":2}'),
    *(text.encode("utf-8", "surrogatepass") for text in ODD_JSON),
)
ODD_HEADERS: Final[Sequence[tuple[str, bytes]]] = (
    *(("Authorization", value) for value in (b"", b"Bearer", b"Bearer  ", b"Basic x", b"\xff\xfe")),
    *(
        ("Authorization", b"Bearer " + value)
        for value in (b"a.b.c", b"..", b"\xff" * 9, b"e" * 9_000)
    ),
    *(("Content-Type", value) for value in (b"", b";", b"a/b;c=", b"\xff/\xff", b'x; y="')),
    *(
        ("Content-Type", b"application/json; charset=" + value)
        for value in (b"bogus", b"utf-16", b"")
    ),
    *(("Accept", value) for value in (b"", b"*", b"\xff", b"application/problem+json;q=x")),
    *(
        ("Cookie", value)
        for value in (b"=", b"__session=\xff", b'__session="', b";;;", b"a" * 4_000)
    ),
    *(("Origin", value) for value in (b"null", b"\xff", b"http://[", b"http://a b")),
    *(("Idempotency-Key", value) for value in (b"", b"\xff", b"a" * 5_000, b"a b")),
    *(("X-Request-ID", value) for value in (b"\xff", b"a" * 500, b"a b")),
    *(("Accept-Language", b"\xff"), ("Range", b"bytes=9-1"), ("If-None-Match", b"\xff")),
    *(("X-Forwarded-For", b"\xff"), ("Forwarded", b'for="')),
    *(("svix-id", b"\xff"), ("svix-timestamp", b"1e99"), ("svix-signature", b"v1,\xff")),
)
