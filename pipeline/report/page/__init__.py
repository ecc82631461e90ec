"""The page of a run: one HTML file with map, profile and tables, which asks no other file and no other host."""

from pipeline.report.page.write import Page, write_page

__all__ = ["Page", "write_page"]
