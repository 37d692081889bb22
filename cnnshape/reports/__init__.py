"""Every way to show a plan, a study or findings; one file a format."""
