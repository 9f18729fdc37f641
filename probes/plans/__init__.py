"""Parameters -> `Plan`: pure functions, one file per kind of probe."""
