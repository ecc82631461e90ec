"""The stages of a run, one module each: values in, values out; the order stands in `transcaspian.runs.engine`."""
