"""Positions: created, read, changed, closed in part or in full, deleted softly."""

from sigmasight.domain.portfolios.positions.classification import (
    SHARES_PER_CONTRACT,
    InvestmentClass,
    PositionType,
)
from sigmasight.domain.portfolios.positions.model import Position, PositionId

__all__ = ["SHARES_PER_CONTRACT", "InvestmentClass", "Position", "PositionId", "PositionType"]
