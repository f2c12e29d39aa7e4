"""From derivations to outputs: a plan, builds in processes of their own, and store paths made of what they leave."""
