/// \file
/// For LD_PRELOAD: takes dlopen's place as UCX does, which Open MPI uses on most clusters. Libraries are then looked
/// for where this one would, not where the program would.
#include <dlfcn.h>

extern "C" __attribute__((visibility("default"))) void* dlopen(const char* file, int mode) {
  using Dlopen = void* (*)(const char*, int);
  static const auto next = reinterpret_cast<Dlopen>(dlsym(RTLD_NEXT, "dlopen"));
  // Not in tail position, where the caller's address would be handed on.
  void* volatile library = next(file, mode);
  return library;
}
