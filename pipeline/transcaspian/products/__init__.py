"""What a run publishes: the figures of each system and the layers, made from values to the table of layers."""

from transcaspian.products.base_layers import constraint_layer, finding_layer, read_layers, sea_layers, system_layers
from transcaspian.products.figures import Figures, figures_of
from transcaspian.products.landing_layers import landing_files
from transcaspian.products.reconciliation import (
    Reconciled,
    published_csv,
    published_figures,
    published_findings,
    reconcile,
)
from transcaspian.products.water_layers import boundary_layer, water_layers

__all__ = [
    "Figures",
    "Reconciled",
    "boundary_layer",
    "constraint_layer",
    "figures_of",
    "finding_layer",
    "landing_files",
    "published_csv",
    "published_figures",
    "published_findings",
    "read_layers",
    "reconcile",
    "sea_layers",
    "system_layers",
    "water_layers",
]
