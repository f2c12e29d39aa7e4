{ two }: two + 1
