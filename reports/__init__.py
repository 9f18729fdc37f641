"""SHOW: page models, charts, templates, mail."""
