/// \file
/// What differs between compilers, in one place.
#pragma once

/// A function that runs on the host and, when nvcc or hipcc compiles it, on the device too.
#if defined(__CUDACC__) || defined(__HIPCC__)
#define ZCMPI_FUNCTION __host__ __device__ inline
#else
#define ZCMPI_FUNCTION inline
#endif

/// Before a loop whose iterations read nothing that another one writes: it may be vectorised although the compiler
/// cannot tell its arrays apart.
#if defined(__clang__)
#define ZCMPI_INDEPENDENT_ITERATIONS _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define ZCMPI_INDEPENDENT_ITERATIONS _Pragma("GCC ivdep")
#else
#define ZCMPI_INDEPENDENT_ITERATIONS
#endif
