"""Configurations of Darknet (`.cfg`): sections, one a layer, each reading the one above it."""
