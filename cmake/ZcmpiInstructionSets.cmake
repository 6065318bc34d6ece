# zcmpi_evolution_for(<level>): the library zcmpi_x86-64-<level> has everything that evolves, core to island, compiled for
# that level of x86-64 (v2, v3), optimised as for runs and without contracts, whatever the build is for. For tests of what
# the instruction set must not change, and of instructions counted.
function(zcmpi_evolution_for level)
  if(TARGET zcmpi_x86-64-${level})
    return()
  endif()
  set(sources "")
  foreach(module IN ITEMS core expr rank eval_host eval gp island)
    get_target_property(module_sources zcmpi_${module} SOURCES)
    get_target_property(folder zcmpi_${module} SOURCE_DIR)
    foreach(source IN LISTS module_sources)
      cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${folder})
      list(APPEND sources ${source})
    endforeach()
  endforeach()
  add_library(zcmpi_x86-64-${level} STATIC ${sources})
  add_dependencies(zcmpi_x86-64-${level} zcmpi_version)
  target_compile_options(zcmpi_x86-64-${level} PUBLIC -march=x86-64-${level} -O3 -UZCMPI_CONTRACTS)
  target_link_libraries(zcmpi_x86-64-${level} PUBLIC zcmpi_portable_compilation fmt::fmt spdlog::spdlog zcmpi::xxhash
    zcmpi_kokkos MPI::MPI_CXX Boost::serialization)
endfunction()
