"""Running a program once, top to bottom, into a `NetworkBuilder`."""
