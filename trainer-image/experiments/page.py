def write(a,b): print(len(b))
