"""Running an architecture once, top to bottom, to a `Plan`."""
