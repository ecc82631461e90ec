"""Unrepeatered or repeatered: both designs of each system, with link budget, capacity, power feed and cost."""
