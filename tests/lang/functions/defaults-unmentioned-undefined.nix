# A name that nothing binds is an error, wherever it stands.
({ a ? b, b ? undefinedName }: 1) { }
