"""Cost against risk: expected faults of a cable by cause, what protects it, what repairs come to. Opens no file.

Rates are faults per km and year of a bare cable on the seabed; armour and burial let a share of each cause pass.
"""

from transcaspian.analyses.risk.cells import Cells, LaidRoute, Planner, survey_cells
from transcaspian.analyses.risk.choice import cheapest_choice
from transcaspian.analyses.risk.front import Front, Point, trace_front
from transcaspian.analyses.risk.ledger import Account, Ledger, Line, choice_of_cable, ledger_of, step_costs, survey_line
from transcaspian.analyses.risk.protection import Options, annuity, feasible, options_of, remaining, repairs_at
from transcaspian.analyses.risk.rates import Hazard, Places, Rates, model_hazard, rates_at
from transcaspian.analyses.risk.seismicity import (
    Catalogue,
    Recurrence,
    b_value,
    breaks_per_km_year,
    mainshocks,
    recurrence,
    windows,
)

__all__ = [
    "Account",
    "Catalogue",
    "Cells",
    "Front",
    "Hazard",
    "LaidRoute",
    "Ledger",
    "Line",
    "Options",
    "Places",
    "Planner",
    "Point",
    "Rates",
    "Recurrence",
    "annuity",
    "b_value",
    "breaks_per_km_year",
    "cheapest_choice",
    "choice_of_cable",
    "feasible",
    "ledger_of",
    "mainshocks",
    "model_hazard",
    "options_of",
    "rates_at",
    "recurrence",
    "remaining",
    "repairs_at",
    "step_costs",
    "survey_cells",
    "survey_line",
    "trace_front",
    "windows",
]
