/// \file
/// A library named as MKL's core is, of which a test asks whether the whole process sees it.
extern "C" __attribute__((visibility("default"))) int zcmpi_fake_mkl() { return 1; }
