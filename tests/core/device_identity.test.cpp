#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "zcmpi/core/device.hpp"

namespace zcmpi {
namespace {

/// The driver that stands in is found by its name from then on.
class DeviceIdentities : public testing::Test {
 protected:
  DeviceIdentities() {
    ::setenv("CUDA_VISIBLE_DEVICES", "7,2", 1);
    if (dlopen(ZCMPI_FAKE_CUDA_DRIVER, RTLD_NOW) == nullptr) {
      ADD_FAILURE() << dlerror();
    }
  }
};

TEST_F(DeviceIdentities, AreOfTheDevicesBehindTheirNumbers) {
  EXPECT_EQ(identify_device(0).value().model, "Fake 9000");
  EXPECT_EQ(identify_device(0).value().uuid, "8c2e4d6a-0001-0203-0405-060708090a07");
  EXPECT_EQ(identify_device(1).value().uuid, "8c2e4d6a-0001-0203-0405-060708090a02");
}

TEST_F(DeviceIdentities, AreNoneOfDevicesThatAreNotThere) {
  EXPECT_FALSE(identify_device(2));
  EXPECT_FALSE(identify_device(-1));
}

}  // namespace
}  // namespace zcmpi
