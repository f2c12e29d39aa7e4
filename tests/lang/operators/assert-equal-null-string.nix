assert null == "null"; 1
