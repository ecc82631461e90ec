"""Prefect alone: tasks and flows around functions of `pipeline`. No science and no file format belongs here."""

import os

QUIET = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
"""Nothing is reported to the makers of Prefect, unless a person sets these otherwise.

`prefect` itself reports when it is imported: modules here import it after this package, scripts too.
"""

for _name, _value in QUIET.items():
    os.environ.setdefault(_name, _value)
