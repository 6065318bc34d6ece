#include "torch_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include "zcmpi/core/version.hpp"

namespace zcmpi {

TorchLibrary load_torch_library(const char* file) {
  const auto failure = [] {
    // Asked for once: asking clears it.
    const char* const message = dlerror();
    return TorchLibrary{nullptr, message != nullptr ? message : "no reason given"};
  };
  // Never closed: LibTorch has threads and objects that last as long as the process.
  void* const library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return failure();
  }
  void* const symbol = dlsym(library, "zcmpi_torch_functions");
  if (symbol == nullptr) {
    return failure();
  }
  const auto& functions = *static_cast<const TorchFunctions*>(symbol);
  if (functions.version != version() || functions.git_revision != git_revision()) {
    return {nullptr, fmt::format("{} belongs to zcmpi {} ({}), this is zcmpi {} ({})", file, functions.version,
                                 functions.git_revision, version(), git_revision())};
  }
  return {&functions, {}};
}

const TorchLibrary& torch_library() {
#ifdef ZCMPI_TORCH_LIBRARY
  static const TorchLibrary library = load_torch_library(ZCMPI_TORCH_LIBRARY);
#else
  static const TorchLibrary library{nullptr, "this build has no LibTorch"};
#endif
  return library;
}

}  // namespace zcmpi
