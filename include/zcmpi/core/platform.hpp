/// \file
/// What differs between compilers, in one place.
#pragma once

/// A function that runs on the host and, when nvcc or hipcc compiles it, on the device too.
#if defined(__CUDACC__) || defined(__HIPCC__)
#define ZCMPI_FUNCTION __host__ __device__ inline
#else
#define ZCMPI_FUNCTION inline
#endif
