#include "torch_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "zcmpi/core/version.hpp"

#ifdef __GLIBC__
#include <link.h>
#include <malloc.h>
#endif

namespace zcmpi {
namespace {

/// Where this program looks for libraries; empty where the system does not tell.
std::vector<std::filesystem::path> search_path() {
  std::vector<std::filesystem::path> folders;
#ifdef __GLIBC__
  void* const program = dlopen(nullptr, RTLD_NOW);
  Dl_serinfo head{};
  if (program == nullptr || dlinfo(program, RTLD_DI_SERINFOSIZE, &head) != 0) {
    return folders;
  }
  // The list ends in the folders' texts, for which its head has the number of bytes.
  std::vector<Dl_serinfo> room(head.dls_size / sizeof(Dl_serinfo) + 1, head);
  Dl_serinfo* const list = room.data();
  if (dlinfo(program, RTLD_DI_SERINFO, list) != 0) {
    return folders;
  }
  for (std::size_t i = 0; i < list->dls_cnt; ++i) {
    folders.emplace_back(list->dls_serpath[i].dls_name);
  }
#endif
  return folders;
}

/// The path of a library by the program's own search path, or its name where it is not found there. dlopen looks where
/// its caller would, and that need not be this program: UCX, which Open MPI uses on most clusters, takes dlopen's
/// place.
std::string locate(const std::filesystem::path& name) {
  if (name.has_parent_path()) {
    return name.string();
  }
  for (const auto& folder : search_path()) {
    std::error_code unreadable;
    if (const auto path = folder / name; std::filesystem::exists(path, unreadable)) {
      return path.string();
    }
  }
  return name.string();
}

/// Large tensors come and go, and each would be a new piece of memory that the system clears first, one rank waiting
/// for another. Who sets glibc's own variables decides otherwise.
void keep_freed_memory() {
#ifdef __GLIBC__
  if (std::getenv("MALLOC_TRIM_THRESHOLD_") == nullptr && std::getenv("MALLOC_MMAP_THRESHOLD_") == nullptr) {
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  }
#endif
}

/// MKL loads its kernels at its first call, and they look for MKL's own functions among those that the whole process
/// sees. Where LibTorch has it as shared libraries, as conda's does, MKL ends the process unless they are there.
void share_mkl() {
#ifdef __GLIBC__
  std::vector<std::string> files;
  dl_iterate_phdr(
      [](dl_phdr_info* library, std::size_t, void* found) {
        if (const std::string_view file = library->dlpi_name; file.find("/libmkl_") != std::string_view::npos) {
          static_cast<std::vector<std::string>*>(found)->emplace_back(file);
        }
        return 0;
      },
      &files);
  for (const auto& file : files) {
    dlopen(file.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
  }
#endif
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
  share_mkl();
  keep_freed_memory();
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

void release_freed_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace zcmpi
