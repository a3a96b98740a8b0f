"""Native code for large batches, through LLVM (extra: jit); nothing here is loaded without it.

``vectors`` writes instructions on vectors, the files of kernels the functions that rows name in
their field ``native``, ``loops`` the loop over a batch, ``machine`` has LLVM translate it for this
processor, and ``batches`` runs a program with it.
"""
