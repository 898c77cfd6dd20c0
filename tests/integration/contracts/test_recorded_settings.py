"""What every RecordedSettings promises, both the fake and the adapter."""

from sigmasight.domain.access.recorded_settings import EntitlementSettings
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import DAY, NOON

SETTINGS = EntitlementSettings({"CLERK_PAID_PLANS": ["pro"], "BILLING_GRACE_DAYS": 7})


async def test_before_the_first_server_there_are_no_settings(ports: Ports) -> None:
    assert await ports.recorded_settings.read() == {}


async def test_the_settings_of_the_last_server_are_returned(ports: Ports) -> None:
    later = EntitlementSettings({"CLERK_PAID_PLANS": ["pro", "é\u2028"], "BILLING_GRACE_DAYS": 0})
    await ports.recorded_settings.put(SETTINGS, NOON)
    await ports.recorded_settings.put(later, NOON + DAY)
    await ports.commit()

    assert await ports.recorded_settings.read() == later
