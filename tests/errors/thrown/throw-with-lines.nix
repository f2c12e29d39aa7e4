# blame: 2:1
throw ''
  the package cannot be built:
    - no compiler
    - no source
''
