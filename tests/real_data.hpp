/// \file
/// Tests on real benchmark tables, which are no part of the project.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace zcmpi::test {

inline std::filesystem::path real_data_folder() {
  const char* const folder = std::getenv("ZCMPI_TEST_DATA");
  return folder != nullptr ? folder : ZCMPI_TEST_DATA_DEFAULT;
}

}  // namespace zcmpi::test

#define ZCMPI_SKIP_WITHOUT_REAL_DATA()                                                   \
  if (!std::filesystem::exists(zcmpi::test::real_data_folder() / "nb201_cifar10.csv")) { \
    GTEST_SKIP() << "no benchmark tables in " << zcmpi::test::real_data_folder()         \
                 << "; set ZCMPI_TEST_DATA to their folder";                             \
  }                                                                                      \
  static_assert(true)
