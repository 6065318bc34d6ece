#include "zcmpi/eval/runtime.hpp"

#include <gtest/gtest.h>

namespace zcmpi {
namespace {

TEST(Runtime, InitialisesSilentlyAndNamesItsBackEnd) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  {
    const ScopedKokkos kokkos(RuntimeOptions{.device = 0, .threads = 1});
    EXPECT_FALSE(backend_name().empty());
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Runtime, CountsNoDeviceWhereTheBackEndRunsOnTheHost) {
  if (backend_name() != "Serial" && backend_name() != "OpenMP") {
    GTEST_SKIP() << "This build evaluates on " << backend_name();
  }
  EXPECT_EQ(device_count(), 0);
  EXPECT_NO_THROW(require_device());
}

}  // namespace
}  // namespace zcmpi
