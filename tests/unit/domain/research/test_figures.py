"""The standard names of figures, and ratios that files lack."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.research.figures import FIGURE_NAMES, OTHER_NAMES, standardized
from sigmasight.domain.research.fundamentals import Statement

INCOME = Statement.INCOME


def test_names_that_files_also_use_become_the_standard_ones_and_others_stay() -> None:
    figures = standardized(INCOME, {"revenue": "10", "eps": "1.10", "own_name": "x"})

    assert (figures["total_revenue"], figures["diluted_eps"]) == ("10", "1.10")
    assert figures["own_name"] == "x"
    assert not OTHER_NAMES.keys() & figures.keys()


def test_margins_are_fractions_computed_where_a_file_lacks_them() -> None:
    figures = standardized(
        INCOME, {"total_revenue": "3", "gross_profit": "1", "net_income": "-1", "net_margin": "0.5"}
    )

    assert (figures["gross_margin"], figures["net_margin"]) == ("0.333333", "0.5")
    assert figures["operating_margin"] is None


@pytest.mark.parametrize("revenue", ["0", "n/a", None, "Infinity"])
def test_margins_of_nothing_are_unknown(revenue: str | None) -> None:
    assert standardized(INCOME, {"revenue": revenue, "gross_profit": "1"})["gross_margin"] is None


@given(
    st.sampled_from(Statement),
    st.dictionaries(
        st.sampled_from([*FIGURE_NAMES[INCOME], "current_year", "x"]),
        st.none()
        | st.text()
        | st.dictionaries(st.text(), st.text() | st.dictionaries(st.text(), st.text())),
    ),
)
def test_every_statement_has_all_its_figures(
    statement: Statement, figures: dict[str, object]
) -> None:
    assert standardized(statement, figures).keys() >= set(FIGURE_NAMES[statement])
