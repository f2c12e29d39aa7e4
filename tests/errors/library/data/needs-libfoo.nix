{ libfoo, zlib }:
[ libfoo zlib ]
