# LibTorch, for the module `proxy` alone: its flags must not reach other targets.

# Torch's package looks for CUDA again when it was built with it; nothing of that is wanted before it is asked for.
find_package(Torch QUIET)
zcmpi_require(Torch_FOUND "LibTorch" libtorch-dev)
add_library(zcmpi_torch INTERFACE)
target_include_directories(zcmpi_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(zcmpi_torch INTERFACE ${TORCH_LIBRARIES})
if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR "This LibTorch (${TORCH_INSTALL_PREFIX}) was built with the old C++ ABI "
    "(_GLIBCXX_USE_CXX11_ABI=0) and cannot be linked with the other libraries: take the cxx11-abi build, or configure "
    "with -DZCMPI_ENABLE_TORCH=OFF.")
endif()
message(STATUS "LibTorch ${Torch_VERSION}")
