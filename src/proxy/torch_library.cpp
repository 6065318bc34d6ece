#include "torch_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "zcmpi/core/version.hpp"

namespace zcmpi {
namespace {

/// The path of a library by the program's own search path, or its name where it is not found there. dlopen looks where
/// its caller would, and that need not be this program: UCX, which Open MPI uses on most clusters, takes dlopen's
/// place.
std::string locate(const std::string& name) {
#ifdef __GLIBC__
  void* const program = dlopen(nullptr, RTLD_NOW);
  Dl_serinfo head{};
  if (name.find('/') == std::string::npos && program != nullptr && dlinfo(program, RTLD_DI_SERINFOSIZE, &head) == 0) {
    // The list ends in the paths' texts, for which its head has the number of bytes.
    std::vector<Dl_serinfo> room(head.dls_size / sizeof(Dl_serinfo) + 1, head);
    Dl_serinfo* const list = room.data();
    if (dlinfo(program, RTLD_DI_SERINFO, list) == 0) {
      for (std::size_t i = 0; i < list->dls_cnt; ++i) {
        const auto path = std::filesystem::path(list->dls_serpath[i].dls_name) / name;
        std::error_code none;
        if (std::filesystem::exists(path, none)) {
          return path.string();
        }
      }
    }
  }
#endif
  return name;
}

}  // namespace

TorchLibrary load_torch_library(const char* file) {
  const auto failure = [] {
    // Asked for once: asking clears it.
    const char* const message = dlerror();
    return TorchLibrary{nullptr, message != nullptr ? message : "no reason given"};
  };
  // Never closed: LibTorch has threads and objects that last as long as the process.
  void* const library = dlopen(locate(file).c_str(), RTLD_NOW | RTLD_LOCAL);
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
