"""Running a program once, top to bottom, into a `NetworkBuilder`.

Each module knows those above it alone: `frames` (names and values), `run` (the state of a run), `findings` (what is
wrong, and `meant`), `steps` (what it costs), `values` (what expressions give), `file_header` (variables, inputs,
outputs), `layers` (one row), `uses` (one block or file, run or recalled from `known`), `blocks` and `includes`
(entries with a use), `entries` (any that is applied), `bodies` (all of them, and loops), `file` (the whole).
`telling` and `outlined` are handed what entries do where variants are searched, and remember it in `searched`.
"""
