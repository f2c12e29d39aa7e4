"""What can be told of a store's paths: ways between them, graphs, where two derivations part."""
