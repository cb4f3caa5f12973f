"""A generic checker for systems that are products of components; it knows nothing of kiloclaw.

Describe a system as a `Product` and `explore` it: every reachable state is searched, every claim is judged, and what is
found comes with the shortest trace, a code to replay it and tables and drawings to read it by.
"""
