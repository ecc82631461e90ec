"""The flows that Prefect deploys, yours to edit; what they need of machinery is `transcaspian.orchestration`."""

import transcaspian.orchestration  # noqa: F401 - its settings stand before Prefect is imported
