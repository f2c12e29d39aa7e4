"""The builders that run inside lixeval."""
