"""The database schema and a health check."""

from sigmasight.domain.health import Check, CheckResult, MigrationsPendingError, Schema


class FakeSchema(Schema):
    is_current = True
    asked = 0

    async def require_current(self) -> None:
        self.asked += 1
        if not self.is_current:
            raise MigrationsPendingError


class FakeCheck(Check):
    name = "database"
    ok = True

    async def run(self) -> CheckResult:
        return CheckResult(ok=self.ok, facts={"figure": 7})
