"""Cost against risk: expected faults of a cable by cause, what protects it, what repairs come to. Opens no file.

Rates are faults per km and year of a bare cable on the seabed; armour and burial let a share of each cause pass.
"""
