"""Third-party packages, differentiated as they are installed."""
