"""A plan as a table, JSON, CSV, Markdown or LaTeX: pure functions of a `Plan`, one file a format."""
