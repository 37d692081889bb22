"""Questions about plans and layers: pure functions that give frozen data."""
