"""Numbers -> paths of inline SVG, and the same numbers as Plotly figures; pure. Coordinates are whole pixels."""
