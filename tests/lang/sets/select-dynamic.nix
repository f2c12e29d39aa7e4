let n = "b"; in { a.b = 7; }.a.${n}
