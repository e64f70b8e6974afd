"""The tests mirror bytegrad/ file by file; corpus/ holds the functions that every stage is tried on."""
