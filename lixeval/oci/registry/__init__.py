"""Registries: images pushed and pulled by the OCI distribution specification (`docker://HOST/NAME:TAG`).

    location                     what `docker://HOST/NAME:TAG@DIGEST` means
    retry                        what is tried again, and how long to wait before
    url                          where an answer leads, and whether that is followed
    failures                     what broke, in words
    certificates                 whom to trust, who we are in TLS
    connection                   HTTP: one origin, redirects, bounded bodies, broken connections
    credentials                  who we are: auth files, credential helpers
    challenge, authorisation     what a registry asks for; tokens got, kept and renewed
    session                      requests to one repository: authorised, and tried again where that helps
    upload, push                 one blob; an image: its blobs in parallel, then its manifest
    download, pull               one blob; an image, the one of an index that fits a platform
    referrers                    documents about an image
    observer                     how a transfer tells what it does

The path of an image: `push.push_image(image, location, settings)` and `pull.open_remote(location, settings)`.

Source: OCI distribution specification 1.1; Docker's token authentication specification; containers-auth.json(5).
"""
