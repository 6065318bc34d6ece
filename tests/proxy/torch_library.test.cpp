#include "torch_library.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>

#include <fstream>
#include <string>

#include "zcmpi/core/version.hpp"

namespace zcmpi {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

#ifdef ZCMPI_TEST_HAS_TORCH
constexpr bool has_torch = true;
#else
constexpr bool has_torch = false;
#endif

bool is_torch_loaded() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("libtorch") != std::string::npos) {
      return true;
    }
  }
  return false;
}

TEST(TorchLibrary, ThatIsNotThereHasAReason) {
  const TorchLibrary library = load_torch_library("libzcmpi_of_nobody.so");
  EXPECT_EQ(library.functions, nullptr);
  EXPECT_THAT(library.reason, HasSubstr("libzcmpi_of_nobody.so"));
}

TEST(TorchLibrary, ThatIsAnotherOneHasAReason) {
  const TorchLibrary library = load_torch_library("libm.so.6");
  EXPECT_EQ(library.functions, nullptr);
  EXPECT_THAT(library.reason, HasSubstr("zcmpi_torch_functions"));
}

TEST(TorchLibrary, IsLoadedWhenItIsAskedForAndNotBefore) {
  EXPECT_FALSE(is_torch_loaded());
  EXPECT_EQ(why_not_computable(Proxy::params), "");
  EXPECT_FALSE(is_torch_loaded());
  const TorchLibrary& library = torch_library();
  EXPECT_EQ(library.functions != nullptr, has_torch) << library.reason;
  EXPECT_EQ(library.functions != nullptr, is_torch_loaded());
  if (library.functions != nullptr) {
    EXPECT_EQ(library.functions->version, version());
    EXPECT_EQ(why_not_computable(Proxy::snip), "");
  } else {
    EXPECT_THAT(library.reason, Not(IsEmpty()));
    EXPECT_EQ(why_not_computable(Proxy::snip), library.reason);
  }
}

#ifdef ZCMPI_TEST_HAS_TORCH
TEST(TorchLibrary, LetsTheWholeProcessSeeMkl) {
  ASSERT_NE(dlopen(ZCMPI_FAKE_MKL, RTLD_NOW | RTLD_LOCAL), nullptr) << dlerror();
  ASSERT_EQ(dlsym(RTLD_DEFAULT, "zcmpi_fake_mkl"), nullptr);
  const TorchLibrary library = load_torch_library(ZCMPI_TEST_TORCH_LIBRARY);
  ASSERT_NE(library.functions, nullptr) << library.reason;
  EXPECT_NE(dlsym(RTLD_DEFAULT, "zcmpi_fake_mkl"), nullptr);
}
#endif

}  // namespace
}  // namespace zcmpi
