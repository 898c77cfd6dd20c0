"""A Clerk instance in memory: accounts, sessions, subscriptions and their changes."""

import time
from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Final, TypeVar

import msgspec

from sigmasight.entrypoints.local.clerk.state import (
    FREE_PLAN,
    MONTH,
    PAID_PLAN,
    Account,
    ClerkSession,
    EmailAddress,
    Item,
    NotFoundError,
    RefusedError,
    State,
)

T = TypeVar("T")

HASHERS: Final = frozenset({"argon2i", "argon2id", "bcrypt"})


def milliseconds() -> int:
    return int(time.time() * 1000)


class NewAccount(msgspec.Struct):
    """The parameters of a new account."""

    email_address: list[str] = []
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    password: str | None = None
    password_digest: str | None = None
    password_hasher: str | None = None
    skip_password_requirement: bool = False


class Instance:
    """Changes its state, reports each change, and raises Clerk's errors."""

    def __init__(
        self,
        state: State | None = None,
        *,
        now: Callable[[], int] = milliseconds,
        on_change: Callable[[State], None] = lambda _: None,
    ) -> None:
        self.state = state or State()
        self.now = now
        self._on_change = on_change

    def account(self, account_id: str) -> Account:
        return _found(self.state.accounts.get(account_id))

    def session(self, session_id: str) -> ClerkSession:
        return _found(self.state.sessions.get(session_id))

    def accounts(self, *, order_by: str = "-created_at") -> Sequence[Account]:
        """Return all accounts; `order_by` is a member with its direction in front."""
        member = order_by.lstrip("+-")
        if member not in {"created_at", "updated_at"}:
            raise RefusedError(422, "form_param_value_invalid", f"cannot order by {member}")
        return sorted(
            self.state.accounts.values(),
            key=lambda account: (getattr(account, member), account.id),
            reverse=order_by.startswith("-"),
        )

    def put(self, account: Account) -> Account:
        """Add or replace an account; a new one starts on the free plan."""
        is_new = account.id not in self.state.accounts
        self.state.accounts[account.id] = account
        if is_new:
            self._add_item(account.id, FREE_PLAN)
        self._on_change(self.state)
        return account

    def create(self, wanted: NewAccount) -> Account:
        """Create an account; its email addresses count as verified."""
        _require_password(wanted)
        for account in self.state.accounts.values():
            if any(map(account.has, wanted.email_address)):
                raise RefusedError(
                    422,
                    "form_identifier_exists",
                    "That email address is taken. Please try another.",
                )
            if wanted.external_id is not None and account.external_id == wanted.external_id:
                raise RefusedError(422, "form_identifier_exists", "That external ID is taken.")
        at = self.now()
        addresses = [EmailAddress(f"idn_{token_hex(13)}", text) for text in wanted.email_address]
        return self.put(
            Account(
                f"user_{token_hex(13)}",
                at,
                at,
                addresses,
                addresses[0].id if addresses else None,
                wanted.first_name,
                wanted.last_name,
                wanted.external_id,
                wanted.password_hasher,
            )
        )

    def touch(self, account_id: str, *, banned: bool | None = None) -> Account:
        """Update an account, without a relevant change unless it is banned or let in again."""
        account = self.account(account_id)
        account.banned = account.banned if banned is None else banned
        account.updated_at = self.now()
        return self.put(account)

    def delete(self, account_id: str) -> Account:
        """Delete an account with its sessions and subscription items."""
        account = self.account(account_id)
        state = self.state
        del state.accounts[account_id]
        state.sessions = {
            key: each for key, each in state.sessions.items() if each.account_id != account_id
        }
        state.items = {
            key: each for key, each in state.items.items() if each.account_id != account_id
        }
        self._on_change(state)
        return account

    def sign_in(self, account_id: str) -> ClerkSession:
        """Return an account's active session, created if there is none."""
        account = self.account(account_id)
        own = [each for each in self.state.sessions.values() if each.account_id == account.id]
        for session in own:
            if session.status == "active":
                return session
        name = account.id.removeprefix("user_")
        suffix = f"_{len(own) + 1}" if own else ""
        at = self.now()
        session = ClerkSession(f"sess_{name}{suffix}", account.id, at, at)
        self.state.sessions[session.id] = session
        self._on_change(self.state)
        return session

    def revoke(self, session_id: str) -> ClerkSession:
        session = self.active_session(session_id)
        session.status, session.updated_at = "revoked", self.now()
        self._on_change(self.state)
        return session

    def active_session(self, session_id: str) -> ClerkSession:
        """Return a session, which must be active."""
        session = self.session(session_id)
        if session.status != "active":
            raise RefusedError(
                400, "session_not_active", f"The session is {session.status}, not active"
            )
        return session

    def add_item(self, item: Item) -> Item:
        """Add or replace an item of a user or of an organization."""
        self.state.items[item.id] = item
        self._on_change(self.state)
        return item

    def paid_item(self, account_id: str) -> Item:
        """Return an account's paid item, created if there is none."""
        for item in self.state.items_of(self.account(account_id).id):
            if item.plan == PAID_PLAN and not item.is_over:
                return item
        for item in self.state.items_of(account_id):
            if item.plan == FREE_PLAN and not item.is_over:
                self._end(item)
        item = self._add_item(account_id, PAID_PLAN, period_end=self.now() + MONTH)
        self._on_change(self.state)
        return item

    def set_status(self, item: Item, status: str) -> Item:
        """Set an item's status: active, past due, canceled at the month's end, or ended."""
        at = item.updated_at = self.now()
        item.status = status
        item.past_due_at = (item.past_due_at or at) if status == "past_due" else None
        item.canceled_at = at if status == "canceled" else None
        if status != "ended":
            item.period_end = at + MONTH
        else:
            self._end(item)
            self._add_item(item.account_id, FREE_PLAN)
        self._on_change(self.state)
        return item

    def _end(self, item: Item) -> None:
        item.status = "ended"
        item.ended_at = item.updated_at = self.now()

    def _add_item(self, account_id: str, plan: str, period_end: int | None = None) -> Item:
        name = account_id.removeprefix("user_")
        number = len(self.state.items_of(account_id)) + 1
        at = self.now()
        item = Item(f"csi_{name}_{number}", account_id, plan, "active", at, at, period_end)
        self.state.items[item.id] = item
        return item


def _found(record: T | None) -> T:
    if record is None:
        raise NotFoundError
    return record


def _require_password(wanted: NewAccount) -> None:
    if wanted.password_digest is not None:
        if wanted.password_hasher not in HASHERS:
            raise RefusedError(422, "form_param_value_invalid", "password_hasher is invalid")
    elif wanted.password is None and not wanted.skip_password_requirement:
        raise RefusedError(422, "form_data_missing", "password is missing")
