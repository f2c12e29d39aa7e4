"""What is fetched while evaluating: files and tarballs behind URLs, Git trees, flakes with their inputs and locks."""
