"""What is missing from a portfolio's data, in sentences."""

from collections.abc import Iterator

from sigmasight.domain.assistant.language_model import PortfolioContext
from sigmasight.domain.kernel import count_noun
from sigmasight.domain.portfolios.calculations.snapshots import MIN_HISTORY_DAYS, Snapshot


def limitations(context: PortfolioContext) -> Iterator[str]:
    count, shown = context.position_count, len(context.positions)
    if not count:
        yield "There are no open positions yet."
    elif shown < count:
        yield f"Only the {shown} largest of {count} positions are shown."
    if context.snapshot is None:
        yield "The portfolio has not been calculated yet, so its risk figures are missing."
    elif count:
        yield from _missing_figures(context.snapshot)


def _missing_figures(snapshot: Snapshot) -> Iterator[str]:
    risk = (snapshot.volatility, snapshot.beta, snapshot.max_drawdown, snapshot.value_at_risk)
    if None in risk:
        yield (
            f"Prices go back {count_noun(snapshot.history_days, 'day')}; volatility, beta, drawdown"
            f" and value at risk need {MIN_HISTORY_DAYS}."
        )
    if at_entry := snapshot.priced_at_entry:
        yield (
            f"{at_entry} of {count_noun(snapshot.positions, 'position')}"
            f" {'has' if at_entry == 1 else 'have'} no newer price than the entry price."
        )
