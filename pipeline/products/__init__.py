"""What a run publishes: the figures of each system and the layers, made from values to the table of layers."""

from pipeline.products.figures import Figures, figures_of
from pipeline.products.layers import published_layers
from pipeline.products.waters import water_layers

__all__ = ["Figures", "figures_of", "published_layers", "water_layers"]
