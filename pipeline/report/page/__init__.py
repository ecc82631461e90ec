"""The pages of a run: each one HTML file with charts and tables, which asks no other file and no other host."""

from pipeline.report.page.system import SystemPage, has_system_page, write_system_page
from pipeline.report.page.write import Page, write_page

__all__ = ["Page", "SystemPage", "has_system_page", "write_page", "write_system_page"]
