"""Programs for those who work on bytegrad; nothing here is installed with it."""
