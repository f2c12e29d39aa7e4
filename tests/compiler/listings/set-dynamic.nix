name: { ${name} = 1; fixed = 2; }
