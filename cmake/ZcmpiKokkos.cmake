# Kokkos, and what its packages get wrong.
#
# Debian's package (Trilinos 13.2, Kokkos 3.4) exports a Kokkos::kokkos whose include folder lacks the `trilinos` level
# at which its headers are, whose libraries are bare names, and whose configuration switches compiler extensions with a
# warning. The target is mended here; other packages are taken as they are.

find_package(Kokkos QUIET)
zcmpi_require(Kokkos_FOUND "Kokkos" libtrilinos-kokkos-dev)

get_target_property(_kokkos_includes Kokkos::kokkos INTERFACE_INCLUDE_DIRECTORIES)
find_path(ZCMPI_KOKKOS_INCLUDE_DIR Kokkos_Core.hpp HINTS ${_kokkos_includes} ${Kokkos_INCLUDE_DIRS} PATH_SUFFIXES trilinos)
mark_as_advanced(ZCMPI_KOKKOS_INCLUDE_DIR)
if(Kokkos_INCLUDE_DIRS MATCHES "trilinos")
  zcmpi_require(ZCMPI_KOKKOS_INCLUDE_DIR "Kokkos_Core.hpp" libtrilinos-kokkos-dev)
  find_library(ZCMPI_KOKKOS_CORE_LIBRARY NAMES trilinos_kokkoscore kokkoscore HINTS ${Kokkos_LIBRARY_DIRS})
  mark_as_advanced(ZCMPI_KOKKOS_CORE_LIBRARY)
  zcmpi_require(ZCMPI_KOKKOS_CORE_LIBRARY "Kokkos' core library" libtrilinos-kokkos-dev)
  add_library(zcmpi_kokkos INTERFACE)
  target_include_directories(zcmpi_kokkos SYSTEM INTERFACE ${ZCMPI_KOKKOS_INCLUDE_DIR})
  target_link_libraries(zcmpi_kokkos INTERFACE ${ZCMPI_KOKKOS_CORE_LIBRARY} ${CMAKE_DL_LIBS})
else()
  add_library(zcmpi_kokkos INTERFACE)
  target_link_libraries(zcmpi_kokkos INTERFACE Kokkos::kokkos)
endif()
unset(_kokkos_includes)

set(ZCMPI_KOKKOS_ON_DEVICE OFF)
foreach(_device IN LISTS Kokkos_DEVICES)
  if(_device MATCHES "^(CUDA|HIP|SYCL)$")
    set(ZCMPI_KOKKOS_ON_DEVICE ON)
  endif()
endforeach()
message(STATUS "Kokkos ${Kokkos_VERSION}: ${Kokkos_DEVICES}")
if("CUDA" IN_LIST Kokkos_DEVICES)
  # Kokkos' own launcher sends the files that use Kokkos to nvcc, by looking at the compiler: ccache would hide it.
  set(CMAKE_CXX_COMPILER_LAUNCHER "")
endif()

if(NOT ZCMPI_KOKKOS_ON_DEVICE)
  file(GLOB _gpus /dev/nvidia[0-9]* /dev/kfd)
  if(_gpus)
    message(WARNING "A GPU is visible (${_gpus}) but this Kokkos has no device back end: formulas will be evaluated on "
      "the CPU. Build Kokkos with Kokkos_ENABLE_CUDA (or HIP) and put it first in CMAKE_PREFIX_PATH.")
  endif()
endif()
