"""The pages of a run: each one HTML file with charts and tables, which asks no other file and no other host."""

from transcaspian.report.page.first_page import FirstPage, first_page
from transcaspian.report.page.report_page import Page, write_page
from transcaspian.report.page.system import SystemPage, has_system_page, write_system_page

__all__ = ["FirstPage", "Page", "SystemPage", "first_page", "has_system_page", "write_page", "write_system_page"]
