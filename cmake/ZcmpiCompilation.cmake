# How every target is compiled. Results must not depend on the machine, so nothing here relaxes IEEE arithmetic:
# contraction to fused multiply-adds is off, and the two relaxations below change no value (traps and errno are never
# looked at), they only let loops vectorise. Vectors that are wider than the instruction set's registers are handed on
# within a file alone, so that how they are handed on is nobody else's concern (-Wno-psabi).

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# Modules are linked into the program and into the library that it loads. Neither takes the other's functions.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(ZCMPI_CCACHE ccache)
if(ZCMPI_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ZCMPI_CCACHE})
endif()

# For any instruction set; zcmpi_compilation is for the one that was chosen.
add_library(zcmpi_portable_compilation INTERFACE)
target_compile_features(zcmpi_portable_compilation INTERFACE cxx_std_20)
target_include_directories(zcmpi_portable_compilation INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_options(zcmpi_portable_compilation INTERFACE
  -ffp-contract=off -fno-math-errno -fno-trapping-math
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-psabi)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 16)
  # GCC 16 takes functions that it has folded into one for each other's, and sees vectors freed within their memory.
  target_compile_options(zcmpi_portable_compilation INTERFACE -Wno-free-nonheap-object)
endif()
if(ZCMPI_WARNINGS_AS_ERRORS)
  target_compile_options(zcmpi_portable_compilation INTERFACE -Werror)
endif()
if(ZCMPI_CONTRACTS)
  target_compile_definitions(zcmpi_portable_compilation INTERFACE ZCMPI_CONTRACTS)
endif()

add_library(zcmpi_compilation INTERFACE)
target_link_libraries(zcmpi_compilation INTERFACE zcmpi_portable_compilation)
if(ZCMPI_ARCH)
  target_compile_options(zcmpi_compilation INTERFACE -march=${ZCMPI_ARCH})
endif()
# Compilers take half of a register of 64 bytes unless told otherwise; formulas are evaluated faster in whole ones
# (bench_evaluation --benchmark_filter=batch).
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-mprefer-vector-width=512 ZCMPI_HAS_VECTOR_WIDTH)
if(ZCMPI_HAS_VECTOR_WIDTH)
  target_compile_options(zcmpi_compilation INTERFACE -mprefer-vector-width=512)
endif()
