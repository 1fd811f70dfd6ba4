"""Pure functions from results to Plotly figures, tables and component data."""
