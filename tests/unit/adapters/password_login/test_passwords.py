"""Password hashes of pwdlib and of the original system."""

import asyncio
import threading

import bcrypt
import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerifyMismatchError

from sigmasight.adapters.password_login.passwords import MEMORY_COST, PwdlibPasswords, _Argon2id
from sigmasight.domain.identity.password_login import PasswordCheck

MEMORY = 1024
SECRET = "correct horse battery"  # noqa: S105
WRONG = PasswordCheck(right=False)
LONG = "é" * 60
"""120 bytes; the 72nd is the end of a letter."""


@pytest.fixture
def passwords() -> PwdlibPasswords:
    return PwdlibPasswords(memory_cost=MEMORY)


def a_bcrypt_hash(password: str, prefix: str = "2b") -> str:
    """Hash as the original system did, which looked at 72 bytes."""
    made = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()
    return f"${prefix}{made[3:]}"


async def test_a_new_password_is_stored_as_argon2id_with_its_own_salt(
    passwords: PwdlibPasswords,
) -> None:
    one, two = await passwords.hash(SECRET), await passwords.hash(SECRET)

    assert one.startswith(f"$argon2id$v=19$m={MEMORY},t=3,p=4$")
    assert one != two
    assert await passwords.verify(SECRET, one) == await passwords.verify(SECRET, two)
    assert await passwords.verify(SECRET, one) == PasswordCheck(right=True)


@pytest.mark.parametrize(
    "wrong", ["", "correct horse batterY", "correct horse battery ", "x" * 1024]
)
async def test_another_password_is_wrong(passwords: PwdlibPasswords, wrong: str) -> None:
    assert await passwords.verify(wrong, await passwords.hash(SECRET)) == WRONG
    assert await passwords.verify(wrong, a_bcrypt_hash(SECRET)) == WRONG


@pytest.mark.parametrize("password", ["x" * 1024, LONG, "\N{KEY}" * 1024, "a\x00b", "  pass  "])
async def test_every_letter_of_a_new_password_counts(
    passwords: PwdlibPasswords, password: str
) -> None:
    kept = await passwords.hash(password)

    assert await passwords.verify(password, kept) == PasswordCheck(right=True)
    assert await passwords.verify(password[:-1], kept) == WRONG


@pytest.mark.parametrize("prefix", ["2a", "2b", "2y"])
async def test_a_bcrypt_hash_of_the_original_system_is_right_and_upgraded(
    passwords: PwdlibPasswords, prefix: str
) -> None:
    verdict = await passwords.verify(SECRET, a_bcrypt_hash(SECRET, prefix))

    assert verdict.right
    assert verdict.replacement is not None
    assert verdict.replacement.startswith("$argon2id$")
    assert await passwords.verify(SECRET, verdict.replacement) == PasswordCheck(right=True)


@pytest.mark.parametrize("password", [LONG, "x" * 73, "x" * 1024, "x" * 71 + "é"])
async def test_a_password_over_72_bytes_fits_the_bcrypt_hash_of_its_beginning(
    passwords: PwdlibPasswords, password: str
) -> None:
    verdict = await passwords.verify(password, a_bcrypt_hash(password))

    assert verdict.right
    assert verdict.replacement is not None
    assert await passwords.verify(password, verdict.replacement) == PasswordCheck(right=True)


@pytest.mark.parametrize(
    "weaker",
    [
        PasswordHasher(3, MEMORY // 2, 4),
        PasswordHasher(2, MEMORY, 4),
        PasswordHasher(3, MEMORY, 4, type=Type.I),
        PasswordHasher(3, MEMORY, 4, type=Type.D),
    ],
    ids=["less memory", "less time", "argon2i", "argon2d"],
)
async def test_a_weaker_argon2_hash_is_right_and_upgraded(
    passwords: PwdlibPasswords, weaker: PasswordHasher
) -> None:
    verdict = await passwords.verify(SECRET, weaker.hash(SECRET))

    assert verdict.right
    assert verdict.replacement is not None
    assert verdict.replacement.startswith(f"$argon2id$v=19$m={MEMORY},t=3,")


async def test_a_stronger_argon2_hash_stays(passwords: PwdlibPasswords) -> None:
    stronger = PasswordHasher(4, 2 * MEMORY, 4).hash(SECRET)

    assert await passwords.verify(SECRET, stronger) == PasswordCheck(right=True)


@pytest.mark.parametrize(
    "hashed",
    [
        *("", "x", SECRET, "$argon2id$", "$2b$", "{SSHA}x", "pbkdf2:sha256:1$x$y"),
        "$2b$12$" + "a" * 53,
        "$2b$99$" + "." * 53,
        "$2b$03$" + "." * 53,
        "$argon2id$v=19$m=1024,t=3,p=4$abc$def",
        "$argon2id$v=19$m=1024,t=3,p=4$é$def",
        "$argon2id$v=19$m=99999999999,t=3,p=4$c2FsdHNhbHQ$" + "a" * 43,
        "$argon2id$v=19$m=0,t=0,p=0$c2FsdHNhbHQ$" + "a" * 43,
        "\x00",
        "🔑",
    ],
)
async def test_a_malformed_hash_is_a_wrong_password(
    passwords: PwdlibPasswords, hashed: str
) -> None:
    assert await passwords.verify(SECRET, hashed) == WRONG
    assert await passwords.verify(hashed, hashed) == WRONG


async def test_without_a_hash_every_password_is_wrong(passwords: PwdlibPasswords) -> None:
    assert await passwords.verify(SECRET, None) == WRONG
    assert await passwords.verify("", None) == WRONG


async def test_the_dummy_hash_costs_as_much_as_a_new_one() -> None:
    made = await PwdlibPasswords().hash(SECRET)
    nobodys = _Argon2id(MEMORY_COST).unmatchable()

    assert extract_parameters(nobodys) == extract_parameters(made)
    with pytest.raises(VerifyMismatchError):  # computed to the end, not refused for its form
        PasswordHasher().verify(nobodys, SECRET)


class Crowd(PwdlibPasswords):
    """Counts how many are hashed at once; each waits until a whole group is there."""

    def __init__(self, at_once: int) -> None:
        super().__init__(memory_cost=MEMORY, at_once=at_once)
        self._group = threading.Barrier(at_once)
        self._lock = threading.Lock()
        self._inside = 0
        self.most = 0
        self.threads: set[int] = set()

    def _verify(self, password: str, hashed: str) -> PasswordCheck:
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
            self.threads.add(threading.get_ident())
        self._group.wait(timeout=30)
        with self._lock:
            self._inside -= 1
        return super()._verify(password, hashed)


async def test_a_few_are_compared_at_once_outside_the_event_loops_thread() -> None:
    crowd = Crowd(at_once=3)

    verdicts = await asyncio.gather(*(crowd.verify(SECRET, None) for _ in range(12)))

    assert verdicts == [WRONG] * 12
    assert crowd.most == 3
    assert threading.get_ident() not in crowd.threads
