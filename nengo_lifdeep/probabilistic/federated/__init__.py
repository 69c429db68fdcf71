"""Devices that learn online and exchange weights now and then."""
