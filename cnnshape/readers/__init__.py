"""Who reads a FILE: one folder a source, one line in `registry` each. All of them give a `Network`."""
