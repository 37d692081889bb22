"""Python itself, as the interpreter has it: values, names, expressions, statements, modules, and what they may cost."""
