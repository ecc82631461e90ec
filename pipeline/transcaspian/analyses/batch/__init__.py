"""Many routes of one study at once: pairs of landings, weightings, scenarios; each a row of one GeoParquet file."""
