/// \file
/// Kokkos for all tests of a program, for its one translation unit. Not as a global object: where Kokkos is a static
/// library, its own globals may be made after those of the tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "zcmpi/eval/runtime.hpp"

namespace zcmpi::testing_support {

class Kokkos : public testing::Environment {
 public:
  void SetUp() override { kokkos_ = std::make_unique<ScopedKokkos>(RuntimeOptions{}); }
  void TearDown() override { kokkos_.reset(); }

 private:
  std::unique_ptr<ScopedKokkos> kokkos_;
};
inline const auto* const kokkos = testing::AddGlobalTestEnvironment(new Kokkos);

}  // namespace zcmpi::testing_support
