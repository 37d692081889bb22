"""Every way to show what changed between two plans; one file a format."""
