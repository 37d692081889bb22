"""The gate for CI: which files, which rules, which findings stop a build, and what mends them."""
