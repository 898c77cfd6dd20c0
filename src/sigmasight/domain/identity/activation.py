"""Deactivating users, and activating them again, by an operator."""

from dataclasses import dataclass, replace

from sigmasight.domain.audit import Audit, AuditAction
from sigmasight.domain.identity.administration import UserNotFoundError
from sigmasight.domain.identity.users import User, Users
from sigmasight.domain.kernel import ConflictError, Transaction, UserId, atomic


class UserDeletedError(ConflictError):
    code = "user_deleted"

    def __init__(self) -> None:
        super().__init__("This user is deleted: that cannot be undone.")


@dataclass(frozen=True, slots=True)
class ChangeActivity:
    """Deactivate a user, whose data stays, or activate them again."""

    users: Users
    audit: Audit
    transaction: Transaction

    @atomic
    async def __call__(self, user: UserId, *, is_active: bool) -> User:
        """Return the user as now stored; raise UserNotFoundError, or UserDeletedError."""
        found = await self.users.lock(user)
        if found is None:
            raise UserNotFoundError(user)
        if is_active and found.deleted_at:
            raise UserDeletedError
        changed = replace(found, is_active=is_active)
        if changed != found:
            await self.users.put(changed)
            done = AuditAction.USER_ACTIVATED if is_active else AuditAction.USER_DEACTIVATED
            await self.audit(done, user)
        return changed
