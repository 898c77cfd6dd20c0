"""Positions: opened, looked at, changed, closed in part or in full, deleted softly."""

from sigmasight.domain.portfolios.positions.kinds import (
    SHARES_PER_CONTRACT,
    InvestmentClass,
    PositionType,
)
from sigmasight.domain.portfolios.positions.position import Position, PositionId

__all__ = ["SHARES_PER_CONTRACT", "InvestmentClass", "Position", "PositionId", "PositionType"]
