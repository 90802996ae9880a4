print("being imported")
1 / 0
