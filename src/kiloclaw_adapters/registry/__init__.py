"""The outside of admission: the registry's store and rows, whoever performs its effects, and the provision flow."""
