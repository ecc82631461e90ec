"""Prefect alone: tasks and flows around functions of `pipeline`. No science and no file format belongs here."""
