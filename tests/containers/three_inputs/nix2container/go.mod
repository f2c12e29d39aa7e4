module github.com/nlewo/nix2container

go 1.24.0
