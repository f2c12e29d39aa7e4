{ outputs = { self }: { value = 1; }; }
