# blame: 4:43
builtins.addErrorContext "while reading the settings" (
  builtins.addErrorContext "while checking the user" (
    let user = { name = "eve"; }; in user.id
  )
)
