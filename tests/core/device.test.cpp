#include "zcmpi/core/device.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

namespace zcmpi {
namespace {

TEST(DeviceChoice, IsTheHostWhereThereIsNoDevice) {
  EXPECT_FALSE(choose_device({.visible = 0, .local_rank = 3, .local_size = 8}));
  EXPECT_FALSE(choose_device({.visible = 0, .local_rank = 0, .local_size = 1, .granted = 4}));
}

TEST(DeviceChoice, GivesEachRankOfANodeItsOwn) {
  std::set<int> devices;
  for (int rank = 0; rank < 4; ++rank) {
    const auto choice = choose_device({.visible = 4, .local_rank = rank, .local_size = 4}).value();
    devices.insert(choice.device);
    EXPECT_FALSE(choice.is_shared);
  }
  EXPECT_EQ(devices, (std::set{0, 1, 2, 3}));
}

TEST(DeviceChoice, GoesRoundWhenThereAreMoreRanksAndSaysSo) {
  const auto choice = choose_device({.visible = 2, .local_rank = 3, .local_size = 4}).value();
  EXPECT_EQ(choice.device, 1);
  EXPECT_TRUE(choice.is_shared);
}

TEST(DeviceChoice, IsTheOnlyOneThatARankIsBoundTo) {
  for (int rank = 0; rank < 4; ++rank) {
    const auto choice = choose_device({.visible = 1, .local_rank = rank, .local_size = 4, .granted = 4}).value();
    EXPECT_EQ(choice.device, 0);
    EXPECT_FALSE(choice.is_shared);
  }
}

TEST(DeviceChoice, IsSharedWhenSlurmGrantedFewerThanThereAreRanks) {
  EXPECT_TRUE(choose_device({.visible = 1, .local_rank = 0, .local_size = 4, .granted = 1})->is_shared);
  EXPECT_TRUE(choose_device({.visible = 1, .local_rank = 0, .local_size = 4, .granted = 2})->is_shared);
  EXPECT_TRUE(choose_device({.visible = 2, .local_rank = 0, .local_size = 4, .granted = 2})->is_shared);
}

TEST(GrantedDevices, AreWhatSlurmSays) {
  ::setenv("SLURM_GPUS_ON_NODE", "4", 1);
  EXPECT_EQ(granted_devices(), 4);
  ::setenv("SLURM_GPUS_ON_NODE", "gpu:4", 1);
  EXPECT_EQ(granted_devices(), std::nullopt);
  ::unsetenv("SLURM_GPUS_ON_NODE");
  EXPECT_EQ(granted_devices(), std::nullopt);
}

TEST(GrantedDevices, AreNoneWhereTheyAreHidden) {
  ::setenv("SLURM_GPUS_ON_NODE", "4", 1);
  ::setenv("CUDA_VISIBLE_DEVICES", "0,1", 1);
  EXPECT_EQ(granted_devices(), 4);
  for (const char* const visible : {" 0", "GPU-5fa6b2", "MIG-5fa6b2"}) {
    ::setenv("CUDA_VISIBLE_DEVICES", visible, 1);
    EXPECT_EQ(granted_devices(), 4) << visible;
  }
  for (const char* const hidden : {"", "-1", "-1,0", "NoDevFiles", "none"}) {
    ::setenv("CUDA_VISIBLE_DEVICES", hidden, 1);
    EXPECT_EQ(granted_devices(), std::nullopt) << hidden;
  }
  ::unsetenv("CUDA_VISIBLE_DEVICES");
  ::unsetenv("SLURM_GPUS_ON_NODE");
}

}  // namespace
}  // namespace zcmpi
