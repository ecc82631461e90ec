"""The version: stated here, and read from here by the build and by all that names it."""

__version__ = "0.2.0"
