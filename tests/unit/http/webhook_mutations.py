"""Mutations of webhook deliveries that invalidate their signatures."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from tests.support.builders import signing

ID: Final = b"svix-id"
TIMESTAMP: Final = b"svix-timestamp"
SIGNATURE: Final = b"svix-signature"
NAMES: Final = (ID, TIMESTAMP, SIGNATURE)
OTHER_SECRET: Final = "whsec_" + b64encode(b"a secret of somebody else").decode()
ODD: Final = (
    *(b"", b" ", b"\t", b",", b"\x00", b"\xff\xfe", b"\xc3\xa9", b"\xd9\xa1", b"+", b"-", b"0"),
    *(b".0", b"e0", b"_0", b"NaN", b"inf", b"0x1", b"9" * 400, b"x" * 20_000, b"=", b"v1,"),
)
NOT_BODIES: Final = (b"", b"\xff\xfe", b"{}", b"null", b"\x00", b"\xed\xa0\x80", b"[" * 5_000)
ANNOYANCES: Final = (
    *((b"content-type", b"\xff"), (b"content-type", b"multipart/form-data; boundary=")),
    *((b"cookie", b"\xff=;;"), (b"authorization", b"Bearer v1,"), (b"x-request-id", b"\xff" * 99)),
    *((b"webhook-id", b"msg_1"), (b"webhook-timestamp", b"1"), (b"webhook-signature", b"v1,")),
)


@dataclass(frozen=True)
class Delivery:
    """A delivery as a server hands it over; of several headers of one name the last counts."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: bytes) -> bytes:
        return dict(self.headers).get(name, b"")

    def with_header(self, name: bytes, value: bytes) -> "Delivery":
        others = tuple(each for each in self.headers if each[0] != name)
        return replace(self, headers=(*others, (name, value)))

    @property
    def signatures(self) -> set[bytes]:
        """The signatures it bears, in whatever way their base64 is written.

        The last character's spare bits, and characters that are none of base64's, make no other
        signature: svix takes them, and nobody who has not seen the right one can write it so.
        """
        found = set()
        for entry in self.header(SIGNATURE).split(b" "):
            version, _, signature = entry.partition(b",")
            if version == b"v1" and b"," not in signature:
                try:
                    found.add(b64decode(signature))
                except ValueError:
                    continue
        return found

    def is_signed_as(self, other: "Delivery") -> bool:
        return (
            self.body == other.body
            and all(self.header(name) == other.header(name) for name in (ID, TIMESTAMP))
            and bool(self.signatures & other.signatures)
        )


Mutation = Callable[[Random, Delivery, Delivery], Delivery]


def a_delivery(event: bytes, svix_id: str, secret: str = signing.SECRET) -> Delivery:
    headers, body = signing.a_webhook(event, svix_id=svix_id, secret=secret)
    return Delivery(tuple((n.encode(), v.encode()) for n, v in headers.items()), body)


def mutated(random: Random, deliveries: Sequence[Delivery]) -> Delivery:
    """Return one of the deliveries altered by one to three mutations, and signed no more."""
    while True:
        delivery = random.choice(deliveries)
        for _ in range(random.choice([1, 1, 1, 2, 3])):
            delivery = random.choice(MUTATIONS)(random, delivery, random.choice(deliveries))
        if not any(delivery.is_signed_as(signed) for signed in deliveries):
            return delivery


def _altered(random: Random, value: bytes) -> bytes:
    """Return a value with some of it flipped, put in, cut out, cut off or added."""
    start, end = sorted(random.choices(range(len(value) + 1), k=2))
    match random.randrange(6):
        case 0 if start < len(value):
            flipped = value[start] ^ (1 << random.randrange(8))
            return value[:start] + bytes([flipped]) + value[start + 1 :]
        case 1:
            return value[:start] + random.choice(ODD) + value[start:]
        case 2:
            return value[:start] + value[end:]
        case 3:
            return value[:start]
        case 4:
            return value + random.randbytes(random.randint(1, 8))
        case _:
            return random.choice([value.swapcase(), value[::-1], value * 2, value.strip() + b"\n"])


def _alter_a_header(random: Random, delivery: Delivery, _: Delivery) -> Delivery:
    name = random.choice(NAMES)
    return delivery.with_header(name, _altered(random, delivery.header(name)))


def _make_a_header_odd(random: Random, delivery: Delivery, _: Delivery) -> Delivery:
    name, odd = random.choice(NAMES), random.choice(ODD)
    value = delivery.header(name)
    return delivery.with_header(name, random.choice([odd, value + odd, odd + value]))


def _count_otherwise(random: Random, delivery: Delivery, _: Delivery) -> Delivery:
    """Write another instant, or the same one in a way in which it was not signed."""
    written = delivery.header(TIMESTAMP)
    offset = random.choice([-1, 1, -299, 299, -301, 301, 10**6])
    number = int(written) if written.isdigit() and len(written) < 20 else 0
    ways = (b"%d" % (number + offset), b"0" + written, b"+" + written, b"%d.0" % number)
    more = (b"%d" % (number * 1000), b"%de0" % number, b"-%d" % number, b"%x" % number)
    return delivery.with_header(TIMESTAMP, random.choice([*ways, *more]))


def _lose_a_header(random: Random, delivery: Delivery, _: Delivery) -> Delivery:
    name = random.choice(NAMES)
    return replace(delivery, headers=tuple(h for h in delivery.headers if h[0] != name))


def _rename_a_header(random: Random, delivery: Delivery, _: Delivery) -> Delivery:
    """Take the unbranded names too, which the library knows and Clerk does not use."""
    lost = random.choice(NAMES)
    names = [lost.replace(b"svix", b"webhook"), lost.replace(b"-", b"_"), b"x-" + lost, lost + b" "]
    name = random.choice(names)
    headers = tuple((name if h == lost else h, value) for h, value in delivery.headers)
    return replace(delivery, headers=headers)


def _say_a_header_twice(random: Random, delivery: Delivery, other: Delivery) -> Delivery:
    name = random.choice(NAMES)
    value = random.choice([other.header(name), _altered(random, delivery.header(name))])
    more = [(name, value), *delivery.headers]
    random.shuffle(more)
    return replace(delivery, headers=tuple(more))


def _annoy(random: Random, delivery: Delivery, _: Delivery) -> Delivery:
    headers = [*delivery.headers, random.choice(ANNOYANCES)]
    random.shuffle(headers)
    return replace(delivery, headers=tuple(headers))


def _list_signatures(random: Random, delivery: Delivery, other: Delivery) -> Delivery:
    """Carry several signatures in lists of all forms."""
    right = delivery.header(SIGNATURE).removeprefix(b"v1,")
    sorts = [
        b"v1," + _altered(random, right),
        b"v2," + right,
        b"v1a," + right,
        right,
        b"V1," + right,
    ]
    sorts += [b"v1;" + right, b"v1, " + right, b"v1," + right.rstrip(b"="), other.header(SIGNATURE)]
    sorts += [b"v1," + right[:-2] + b"x=", b"v1," + right + b",x", b"v1,,", b""]
    chosen = random.choices(sorts, k=random.choice([1, 1, 2, 3, 50]))
    separator = random.choice([b" ", b" ", b"  ", b",", b"\t", b"\n"])
    return delivery.with_header(SIGNATURE, separator.join(chosen))


def _sign_with_another_secret(_: Random, delivery: Delivery, other: Delivery) -> Delivery:
    wrong = a_delivery(other.body, "msg_1", OTHER_SECRET) if _is_text(other.body) else other
    return replace(wrong, body=delivery.body)


def _is_text(body: bytes) -> bool:
    try:
        return bool(body.decode())
    except UnicodeDecodeError:
        return False


def _alter_the_body(random: Random, delivery: Delivery, _: Delivery) -> Delivery:
    return replace(delivery, body=_altered(random, delivery.body))


def _replace_the_body(random: Random, delivery: Delivery, other: Delivery) -> Delivery:
    return replace(delivery, body=random.choice([*NOT_BODIES, other.body, other.body]))


def _swap_a_header(random: Random, delivery: Delivery, other: Delivery) -> Delivery:
    name = random.choice(NAMES)
    return delivery.with_header(name, other.header(name))


MUTATIONS: Final[Sequence[Mutation]] = (
    _alter_a_header,
    _make_a_header_odd,
    _count_otherwise,
    _lose_a_header,
    _rename_a_header,
    _say_a_header_twice,
    _annoy,
    _list_signatures,
    _sign_with_another_secret,
    _alter_the_body,
    _replace_the_body,
    _swap_a_header,
)
