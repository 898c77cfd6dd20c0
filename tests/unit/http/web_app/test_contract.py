"""The web app's types: every path answers with its members, of these JSON types."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.unit.http.portfolio_client import PortfolioClient
from tests.unit.http.web_app.test_figures import calculate, hold, put_market_data

Shape = Any
"""A type's name (with `?` if it may be null), a list of one shape, or members by name."""

TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "num": (int, float),
    "int": (int,),
    "bool": (bool,),
    "text": (str,),
    "any": (dict, list, str, int, float, bool),
}
TAG: Final = {"id": "text", "name": "text", "color": "text", "description": "text?"}
FIGURE: Final = {"available": "bool", "reason": "text?", "portfolio_id": "text"}
MISSING: Final = {"error": "text?", "reason": "text?"}
IMPACT: Final = {
    "dollar_impact": "num",
    "percentage_impact": "num",
    "new_portfolio_value": "num",
}
SCENARIO: Final = {
    **dict.fromkeys(("id", "name", "description", "category", "impact_type", "severity"), "text"),
    "impact": IMPACT,
}
ENTRY: Final = {
    **dict.fromkeys(("id", "portfolio_id", "portfolio_name", "account_name"), "text"),
    "account_type": "text",
    "value": "num",
    "weight": "num",
}
AGGREGATE: Final = {
    "available": "bool",
    "net_asset_value": "num",
    "total_value": "num",
    "portfolio_count": "int",
    "portfolios": [ENTRY],
    "calculation_date": "text?",
    "calculation_method": "text",
}
QUALITY: Final = {"total_pairs": "int", "valid_pairs": "int", "coverage_percent": "num"}
SECTORS: Final = {
    **dict.fromkeys(("portfolio_weights", "benchmark_weights", "over_underweight"), "any"),
    "largest_overweight": "text?",
    "largest_underweight": "text?",
}
CONCENTRATION: Final = dict.fromkeys(
    ("hhi", "effective_num_positions", "top_3_concentration", "top_10_concentration"), "num"
)
OF: Final = "/analytics/portfolio/{id}"
TOGETHER: Final = "/analytics/aggregate"

SHAPES: Final[Mapping[str, Shape]] = {
    "/data/portfolios": [
        {
            **dict.fromkeys(("id", "name", "account_name", "account_type"), "text"),
            "description": "text?",
            **dict.fromkeys(("net_asset_value", "total_value", "total_market_value"), "num"),
            "equity_balance": "num?",
            "position_count": "int",
            "is_active": "bool",
            "created_at": "text",
            "updated_at": "text",
        }
    ],
    f"{OF}/overview": {
        "portfolio_id": "text",
        **dict.fromkeys(("net_asset_value", "total_value", "equity_balance"), "num"),
        "cash_balance": "num",
        "leverage": "num",
        "exposures": {
            f"{side}_{unit}": "num"
            for side in ("long", "short", "gross", "net")
            for unit in ("exposure", "percentage")
        },
        "pnl": {
            **dict.fromkeys(("total_pnl", "unrealized_pnl", "realized_pnl"), "num"),
            "ytd_pnl": "num?",
            "mtd_pnl": "num?",
        },
        "position_count": dict.fromkeys(
            ("total_positions", "long_count", "short_count", "option_count"), "int"
        ),
        "target_returns": "any?",
        "last_updated": "text",
    },
    "/data/portfolio/{id}/snapshot": {
        "portfolio_id": "text",
        "snapshot_date": "text?",
        **dict.fromkeys(("daily_pnl", "daily_return"), "num?"),
        **dict.fromkeys(("beta_calculated_90d", "beta_provider_1y"), "num?"),
        "target_price_return_eoy": "num",
        "target_price_return_next_year": "num",
        "target_price_coverage_pct": "num",
        "target_price_positions_count": "int",
        "target_price_total_positions": "int",
        "target_price_last_updated": "text?",
    },
    "/data/positions/details?portfolio_id={id}": {
        "positions": [
            {
                **dict.fromkeys(("id", "portfolio_id", "symbol", "account_name"), "text"),
                **dict.fromkeys(("company_name", "sector", "industry"), "text?"),
                **dict.fromkeys(("position_type", "investment_class"), "text"),
                "investment_subtype": "text?",
                "entry_date": "text?",
                **dict.fromkeys(("quantity", "entry_price", "avg_cost", "cost_basis"), "num"),
                **dict.fromkeys(("current_price", "market_value", "unrealized_pnl"), "num"),
                "unrealized_pnl_percent": "num",
                **dict.fromkeys(("realized_pnl", "strike_price"), "num?"),
                **dict.fromkeys(("expiration_date", "underlying_symbol", "notes"), "text?"),
                "tags": [TAG],
            }
        ],
        "summary": {
            "total_positions": "int",
            "total_cost_basis": "num",
            "total_market_value": "num",
            "total_unrealized_pnl": "num",
        },
    },
    "/data/company-profiles?portfolio_id={id}": {
        "profiles": [
            {
                "symbol": "text",
                **dict.fromkeys(("company_name", "sector", "industry"), "text?"),
                **dict.fromkeys(("market_cap", "beta", "target_mean_price"), "num?"),
                "current_year_earnings_avg": "num?",
                "next_year_earnings_avg": "num?",
                "current_year_revenue_avg": "num?",
                "next_year_revenue_avg": "num?",
            }
        ],
        "meta": {
            "query_type": "text",
            "requested_symbols": ["text"],
            "returned_profiles": "int",
            "missing_profiles": ["text"],
            "as_of": "text",
        },
    },
    "/data/prices/benchmark/SPY": {
        "symbol": "text",
        "available": "bool",
        "message": "text?",
        "metadata": {
            "lookback_days": "int",
            "start_date": "text",
            "end_date": "text",
            "trading_days_found": "int",
            "first_date": "text?",
            "last_date": "text?",
        },
        "data?": {
            "dates": ["text"],
            **{name: ["num"] for name in ("open", "high", "low", "close", "volume")},
        },
    },
    "/positions/validate-symbol/ACME": {"is_valid": "bool", "symbol": "text", "message": "text"},
    f"{OF}/volatility": {
        **FIGURE,
        "calculation_date": "text?",
        "data?": {
            "realized_volatility_21d": "num",
            "realized_volatility_63d": "num?",
            "expected_volatility_21d": "num?",
            "volatility_trend": "text?",
            "volatility_percentile": "num?",
        },
        "metadata": {
            "forecast_model": "text?",
            "trading_day_windows": "text",
            "observations": "int",
            "positions_included": "int",
            **MISSING,
        },
    },
    f"{OF}/correlation-matrix": {
        **FIGURE,
        "data?": {
            "matrix": "any",
            "average_correlation": "num",
            "position_symbols": ["text"],
            "correlation_matrix": [["num"]],
            "data_quality": QUALITY,
            "min_overlap": "int",
        },
        "metadata": {
            "calculation_date": "text?",
            "lookback_days": "int",
            "positions_included": "int",
            "min_overlap": "int",
        },
        "position_symbols": ["text"],
        "correlation_matrix": [["num"]],
        "data_quality": QUALITY,
        "min_overlap": "int",
    },
    f"{OF}/factor-exposures": {
        **FIGURE,
        "calculation_date": "text?",
        "factors": [{"name": "text", "beta": "num", "exposure_dollar": "num"}],
        "metadata": {
            **dict.fromkeys(("factor_model", "calculation_method", "completeness"), "text"),
            **dict.fromkeys(("total_active_factors", "factors_calculated"), "int"),
            "has_market_beta": "int",
            "is_latest": "bool",
            "is_fallback": "bool",
        },
        "data_quality?": {
            "snapshot_date": "text",
            "age_hours": "int",
            "is_stale": "bool",
            "is_current": "bool",
        },
    },
    f"{OF}/positions/factor-exposures": {
        **FIGURE,
        "calculation_date": "text?",
        **dict.fromkeys(("total", "limit", "offset"), "int"),
        "positions": [{"position_id": "text", "symbol": "text", "exposures": "any"}],
        "data_quality": "any?",
        "metadata": "any",
    },
    f"{OF}/spread-factors": {
        **FIGURE,
        "calculation_date": "text?",
        "factors": [
            {
                "name": "text",
                "beta": "num",
                "exposure_dollar": "num?",
                **dict.fromkeys(("direction", "magnitude", "risk_level", "explanation"), "text"),
            }
        ],
        "metadata": {
            "calculation_method": "text",
            "regression_window_days": "int",
            "factors_calculated": "int",
            "expected_factors": "int",
            **MISSING,
        },
    },
    f"{OF}/beta-comparison": {
        "available": "bool",
        "portfolio_id": "text",
        "positions": [
            {
                "symbol": "text",
                "position_id": "text",
                **dict.fromkeys(("market_beta", "calculated_beta", "beta_r_squared"), "num?"),
                "calculation_date": "text?",
                "observations": "int?",
                "beta_difference": "num?",
            }
        ],
        "metadata": {
            "total_positions": "int",
            "positions_with_market_beta": "int",
            "positions_with_calculated_beta": "int",
            "error": "text?",
        },
    },
    f"{OF}/sector-exposure": {
        **FIGURE,
        "calculation_date": "text?",
        "data?": {
            **SECTORS,
            "total_portfolio_value": "num",
            "positions_by_sector": "any",
            "unclassified_value": "num",
            "unclassified_count": "int",
        },
        "metadata": {"benchmark": "text", "error": "text?"},
    },
    f"{OF}/concentration": {
        **FIGURE,
        "calculation_date": "text?",
        "data?": {**CONCENTRATION, "total_positions": "int", "position_weights": "any"},
        "metadata": {"calculation_method": "text", "interpretation": "text?"},
    },
    f"{OF}/stress-test": {
        **FIGURE,
        "data?": {"scenarios": [SCENARIO], "portfolio_value": "num", "calculation_date": "text"},
        "metadata": {"scenarios_requested": "any?", "scenarios_left_out": "any"},
    },
    f"{TOGETHER}/overview": AGGREGATE,
    f"{TOGETHER}/breakdown": {
        **AGGREGATE,
        "portfolios": [
            {
                **ENTRY,
                "position_count": "int",
                "unrealized_pnl": "num",
                "realized_pnl": "num",
                "metrics": dict.fromkeys(
                    ("beta_90d", "beta_180d", "volatility_21d", "volatility_63d"), "num?"
                ),
            }
        ],
    },
    f"{TOGETHER}/beta": {
        **AGGREGATE,
        **dict.fromkeys(("aggregate_beta", "aggregate_beta_90d", "aggregate_beta_180d"), "num?"),
        "portfolios": [
            {**ENTRY, **dict.fromkeys(("beta_90d", "beta_180d", "contribution"), "num?")}
        ],
    },
    f"{TOGETHER}/volatility": {
        **AGGREGATE,
        **dict.fromkeys(
            (
                *("aggregate_volatility", "aggregate_volatility_21d", "aggregate_volatility_63d"),
                "aggregate_expected_volatility_21d",
            ),
            "num?",
        ),
        "portfolios": [{**ENTRY, **dict.fromkeys(("volatility_21d", "volatility_63d"), "num?")}],
    },
    f"{TOGETHER}/factor-exposures": {
        **AGGREGATE,
        "factors": [{"name": "text", "aggregate_beta": "num", "aggregate_exposure_dollar": "num"}],
    },
    f"{TOGETHER}/sector-exposure": {**AGGREGATE, "data?": SECTORS},
    f"{TOGETHER}/concentration": {
        **AGGREGATE,
        "data?": {
            **CONCENTRATION,
            "unique_symbols": "int",
            "total_positions": "int",
            "top_positions": [{"symbol": "text", "value": "num", "weight": "num"}],
        },
    },
    f"{TOGETHER}/correlation-matrix": {
        **AGGREGATE,
        "reason": "text?",
        "symbols": ["text"],
        "correlation_matrix": [["num"]],
        "average_correlation": "num?",
        "total_positions_analyzed": "int",
        "data_quality": QUALITY,
        "data?": {"matrix": "any", "average_correlation": "num"},
    },
    f"{TOGETHER}/stress-test": {
        **AGGREGATE,
        "data?": {
            "scenarios": [{**SCENARIO, "portfolios_included": "int"}],
            "portfolio_value": "num",
        },
        "portfolios_with_stress_data": "int",
    },
    "/onboarding/status/{id}": {
        "portfolio_id": "text",
        "status": "text",
        "started_at": "text?",
        "elapsed_seconds": "int",
        "overall_progress?": {
            "current_phase": "text?",
            "current_phase_name": "text?",
            **dict.fromkeys(("phases_completed", "phases_total", "percent_complete"), "int"),
        },
        "current_phase_progress?": {"current": "int", "total": "int", "unit": "text"},
        "activity_log": [{"timestamp": "text", "message": "text", "level": "text"}],
        "phases": "any?",
        "mode": "text",
    },
    "/chat/memories": {"memories": ["any"], "total": "int", "limit": "int"},
    "/chat/memories/count": {"count": "int", "max_allowed": "int"},
    "/equity-search": {
        "items": [
            {
                "symbol": "text",
                **dict.fromkeys(("company_name", "sector", "industry"), "text?"),
                **dict.fromkeys(
                    (
                        *("market_cap", "enterprise_value", "ps_ratio", "pe_ratio", "revenue"),
                        *("ebit", "fcf", "factor_value", "factor_growth", "factor_momentum"),
                        *("factor_quality", "factor_size", "factor_low_vol"),
                    ),
                    "num?",
                ),
                "period_label": "text",
            }
        ],
        "total_count": "int",
        "filters_applied": "any",
        **dict.fromkeys(("period", "sort_by", "sort_order"), "text"),
        "metrics_date": "text?",
    },
    "/equity-search/filters": {
        "sectors": ["text"],
        "industries": ["text"],
        "market_cap_ranges": [{"label": "text", "min_value": "num?", "max_value": "num?"}],
    },
    "/target-prices/{id}/summary": {
        "portfolio_name": "text",
        "coverage_percentage": "num",
        "weighted_expected_return_eoy": "num?",
        "weighted_expected_return_next_year": "num?",
        "weighted_downside_return": "num?",
        "target_prices": ["any"],
    },
    "/portfolios/{id}/equity-changes/summary": {
        **dict.fromkeys(("total_contributions", "total_withdrawals", "net_flow"), "num"),
        "last_change": "any?",
    },
}
WITHOUT_DATA: Final = (
    f"{OF}/overview",
    "/data/portfolio/{id}/snapshot",
    f"{TOGETHER}/overview",
    "/target-prices/{id}/summary",
)
"""The app takes a member `data` for an envelope, and would read what is in it alone."""


def differences(value: Any, shape: Shape, at: str = "answer") -> list[str]:
    """Return where a JSON value is not of the shape; members beyond it are welcome."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{at} is no object"]
        return [
            difference for name, of in shape.items() for difference in _member(value, name, of, at)
        ]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{at} is no array"]
        return [each for place in value for each in differences(place, shape[0], f"{at}[]")]
    if value is None:
        return [] if shape.endswith("?") else [f"{at} is null"]
    kinds = TYPES[shape.removesuffix("?")]
    is_right = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
    return [] if is_right else [f"{at} is {value!r}, no {shape}"]


def _member(value: dict[str, Any], name: str, shape: Shape, at: str) -> list[str]:
    plain = name.removesuffix("?")
    if plain not in value:
        return [f"{at}.{plain} is missing"]
    if name != plain and value[plain] is None:
        return []
    return differences(value[plain], shape, f"{at}.{plain}")


@pytest.mark.parametrize("kind", ["good", "empty", "mixed", "options"])
@pytest.mark.parametrize("is_calculated", [True, False])
async def test_every_path_answers_with_its_members_of_their_types(
    portfolio_client: PortfolioClient, kind: str, *, is_calculated: bool
) -> None:
    await hold(portfolio_client, kind)
    put_market_data(portfolio_client)
    if is_calculated:
        await calculate(portfolio_client)

    found = {}
    for path, shape in SHAPES.items():
        answer = await portfolio_client.api("GET", path.format(id=portfolio_client.id))
        assert answer.status_code == 200, answer.text
        found[path] = differences(answer.json(), shape)
        assert path not in WITHOUT_DATA or "data" not in answer.json()

    assert {path: each for path, each in found.items() if each} == {}


def test_a_difference_of_any_kind_is_found() -> None:
    shape = {"a": "num", "b?": {"c": "text"}, "d": [["int?"]]}

    assert differences({"a": 1.5, "b": None, "d": [[1, None]], "more": 1}, shape) == []
    wrongs: list[dict[str, Any]] = [
        {"b": None, "d": []},
        {"a": "1", "b": None, "d": []},
        {"a": True, "b": None, "d": []},
        {"a": None, "b": None, "d": []},
        {"a": 1, "b": {"c": 1}, "d": []},
        {"a": 1, "b": None, "d": [[1.5]]},
        {"a": 1, "b": None, "d": {}},
    ]
    for wrong in wrongs:
        assert len(differences(wrong, shape)) == 1
