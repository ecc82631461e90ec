"""The science and the I/O of transcaspian; it knows nothing of Prefect."""

__version__ = "0.1.0"
