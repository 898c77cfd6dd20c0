"""Creating, changing and deleting target prices."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sigmasight.domain.kernel import (
    Clock,
    FieldError,
    Transaction,
    UserId,
    ValidationFailedError,
    atomic,
)
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId, Portfolios
from sigmasight.domain.portfolios.positions import PositionType
from sigmasight.domain.portfolios.positions.model import Positions
from sigmasight.domain.portfolios.target_prices.analytics import (
    TargetAnalytics,
    TargetPriceSummary,
    TargetValuation,
)
from sigmasight.domain.portfolios.target_prices.model import (
    MAX_TARGETS,
    TargetChanges,
    TargetKey,
    TargetPrice,
    TargetPriceId,
    TargetPriceLimitReachedError,
    TargetPrices,
    TargetPriceTakenError,
)
from sigmasight.domain.portfolios.target_prices.validation import (
    TargetDraft,
    validate_changes,
    validate_target,
)

Which = TargetPriceId | TargetKey
"""A reference to a target, by its id or its key."""


@dataclass(frozen=True, slots=True)
class TargetPriceContext:
    """The ports that use cases of target prices share."""

    portfolios: Portfolios
    positions: Positions
    targets: TargetPrices

    async def valuation(self, portfolio: Portfolio) -> TargetValuation:
        positions = await self.positions.all(portfolio.user_id, portfolio.id)
        held = [each for each in positions if each.is_open]
        return TargetValuation(held, portfolio.net_asset_value)

    async def analytics(
        self, portfolio: PortfolioId, owner: UserId, *wanted: TargetPriceId
    ) -> Sequence[TargetAnalytics]:
        """Return the wanted targets, in their order."""
        valuation = await self.valuation(await self.portfolios.get(owner, portfolio))
        everything = valuation.outlooks(await self.targets.list(owner, portfolio))
        found = {each.target.id: each for each in everything}
        return [found[each] for each in wanted]


@dataclass(frozen=True, slots=True)
class SetTargetPrices:
    """Create target prices of a portfolio: all or none."""

    context: TargetPriceContext
    clock: Clock
    transaction: Transaction

    @atomic
    async def one(self, draft: TargetDraft, *, into: PortfolioId, by: UserId) -> TargetAnalytics:
        """Raise as for many; an error's field is one of the draft."""
        [outlook] = await self._set([draft], into, by, lambda _, error: error)
        return outlook

    @atomic
    async def many(
        self, drafts: Sequence[TargetDraft], *, into: PortfolioId, by: UserId
    ) -> Sequence[TargetAnalytics]:
        """Raise ValidationFailedError with every error of every draft.

        Or PortfolioNotFoundError, PositionNotFoundError, TargetPriceTakenError or
        TargetPriceLimitReachedError.
        """
        return await self._set(drafts, into, by, _numbered)

    async def _set(
        self,
        drafts: Sequence[TargetDraft],
        into: PortfolioId,
        by: UserId,
        named: Callable[[int, FieldError], FieldError],
    ) -> Sequence[TargetAnalytics]:
        await self.context.portfolios.lock_owner(by)
        portfolio = await self.context.portfolios.get(by, into)
        valuation, now = await self.context.valuation(portfolio), self.clock.now()
        made: list[TargetPrice] = []
        errors: list[FieldError] = []
        for place, draft in enumerate(drafts):
            try:
                made.append(validate_target(draft, valuation, into=into, by=by, at=now))
            except ValidationFailedError as refusal:
                errors += (named(place, error) for error in refusal.errors)
        if errors:
            raise ValidationFailedError(*errors)
        known = await self.context.targets.list(by, into)
        keys = {each.key for each in known}
        for each in made:
            if each.key in keys:
                raise TargetPriceTakenError(each.key)
            keys.add(each.key)
        if len(keys) > MAX_TARGETS:
            raise TargetPriceLimitReachedError
        await self.context.targets.put(made)
        outlooks = {each.target.id: each for each in valuation.outlooks([*known, *made])}
        return [outlooks[each.id] for each in made]


@dataclass(frozen=True, slots=True)
class ReadTargetPrices:
    """Read the caller's target prices."""

    context: TargetPriceContext
    transaction: Transaction

    @atomic
    async def one(self, target: TargetPriceId, *, by: UserId) -> TargetAnalytics:
        """Raise TargetPriceNotFoundError."""
        known = await self.context.targets.get(by, target)
        [outlook] = await self.context.analytics(known.portfolio_id, by, target)
        return outlook

    @atomic
    async def all(self, portfolio: PortfolioId, *, by: UserId) -> Sequence[TargetAnalytics]:
        """Return those of a portfolio, by symbol and type, or raise PortfolioNotFoundError."""
        known = await self.context.portfolios.get(by, portfolio)
        valuation = await self.context.valuation(known)
        return valuation.outlooks(await self.context.targets.list(by, portfolio))

    @atomic
    async def summary(
        self, portfolio: PortfolioId, *, by: UserId
    ) -> tuple[Portfolio, TargetPriceSummary]:
        """Raise PortfolioNotFoundError."""
        known = await self.context.portfolios.get(by, portfolio)
        valuation = await self.context.valuation(known)
        return known, valuation.summary(await self.context.targets.list(by, portfolio))


@dataclass(frozen=True, slots=True)
class UpdateTargetPrices:
    """Change or delete target prices."""

    context: TargetPriceContext
    clock: Clock
    transaction: Transaction

    @atomic
    async def one(
        self, target: TargetPriceId, changes: TargetChanges, *, by: UserId
    ) -> TargetAnalytics:
        """Raise TargetPriceNotFoundError or ValidationFailedError."""
        await self.context.portfolios.lock_owner(by)
        known = await self.context.targets.get(by, target)
        await self.context.targets.put([self._changed(known, changes)])
        [outlook] = await self.context.analytics(known.portfolio_id, by, target)
        return outlook

    @atomic
    async def many(
        self, portfolio: PortfolioId, changes: Sequence[tuple[Which, TargetChanges]], *, by: UserId
    ) -> tuple[Sequence[TargetAnalytics], Sequence[Which]]:
        """Change all that exist; return them, and the references that match no target price.

        A symbol without a type refers to its target for all positions, else to the one for long
        positions. Of changes to one target the last one wins.

        Raise PortfolioNotFoundError, or ValidationFailedError: then nothing is changed.
        """
        await self.context.portfolios.lock_owner(by)
        await self.context.portfolios.get(by, portfolio)
        known: dict[Which, TargetPrice] = {}
        for each in await self.context.targets.list(by, portfolio):
            known |= {each.id: each, each.key: each}
        changed: dict[TargetPriceId, TargetPrice] = {}
        unknown: list[Which] = []
        errors: list[FieldError] = []
        for place, (which, change) in enumerate(changes):
            target = known.get(which)
            if target is None and isinstance(which, tuple) and which[1] is None:
                target = known.get((which[0], PositionType.LONG))
            if target is None:
                unknown.append(which)
                continue
            try:
                changed[target.id] = self._changed(changed.get(target.id, target), change)
            except ValidationFailedError as refusal:
                errors += (each.within(f"updates[{place}]") for each in refusal.errors)
        if errors:
            raise ValidationFailedError(*errors)
        await self.context.targets.put(list(changed.values()))
        return await self.context.analytics(portfolio, by, *changed), unknown

    @atomic
    async def delete(self, target: TargetPriceId, *, by: UserId) -> TargetPrice:
        """Return the deleted target, or raise TargetPriceNotFoundError."""
        await self.context.portfolios.lock_owner(by)
        known = await self.context.targets.get(by, target)
        await self.context.targets.remove(by, target)
        return known

    def _changed(self, target: TargetPrice, changes: TargetChanges) -> TargetPrice:
        changed = replace(target, **changes, updated_at=self.clock.now())
        validate_changes(changed, changes)
        return changed


def _numbered(place: int, error: FieldError) -> FieldError:
    return error.within(f"target_prices[{place}]")
