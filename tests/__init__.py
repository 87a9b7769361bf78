"""Tests, mirroring the packages of the house; what they share lies in this folder."""
