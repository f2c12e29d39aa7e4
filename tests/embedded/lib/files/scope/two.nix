{ one }: one + 1
