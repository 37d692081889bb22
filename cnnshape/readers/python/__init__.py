"""Networks in Python source, read by an interpreter whose tensors are shapes. Nothing is imported or executed.

- `language`, the interpreter: `statements` and `expressions` walk the syntax tree, `scopes` run a file's statements on
  demand, `functions` and `classes` make what Python can call and subclass. Values are Python's own, but for those of
  `values`: what is not known, and tensors. Its bounds: `machine` counts what a reading costs, `guard` says what of
  Python the source may reach.
- `library`, what is told to the source: `builtin`, `standard` and files beside them of Python's library; `packages` and
  `zoo` find the networks of other libraries. `torch` and `keras` are small libraries of plain classes and functions,
  whose layers are those of the vocabularies; `told` is source that is read like a user's.
- The reading: `reader` opens a file, `choosing` and `feeding` find the model and its inputs. In `rows`, `applying` and
  `trace` make a row of every layer and function, `emitting` a network of the rows. `noting` notes a reading, so that
  other numbers need none.
"""
