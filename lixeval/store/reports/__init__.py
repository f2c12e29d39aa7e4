"""What can be told of a store's paths: ways between them, graphs, where two derivations part.

dependency_paths, reference_graphs          why one path needs another; graphs as text
closure_difference, derivation_difference   what two of a kind do not share"""
