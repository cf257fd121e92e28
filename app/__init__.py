import gc

# What is imported stays. To look through its hundreds of thousands of objects time and again would be a quarter of a start;
# a process that serves sets a number of its own.
gc.set_threshold(500_000, 20, 20)
