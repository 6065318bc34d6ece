/// \file
/// The main of tests that run on several ranks: every rank runs every test, rank 0 reports, the others speak up only
/// when something fails on them, and all return failure when any failed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mpi.h>

#include <cstdio>
#include <string>

#include "zcmpi/eval/runtime.hpp"
#include "zcmpi/island/communicator.hpp"

namespace {

class FailuresOfRank : public testing::EmptyTestEventListener {
 public:
  explicit FailuresOfRank(int rank) : rank_(rank) {}

 private:
  void OnTestStart(const testing::TestInfo& test) override {
    test_ = std::string(test.test_suite_name()) + "." + test.name();
  }

  // Must not ask GoogleTest for the current test, which would wait for a lock that is held here.
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.failed()) {
      std::printf("[rank %d] %s\n%s:%d: %s\n", rank_, test_.c_str(),
                  result.file_name() != nullptr ? result.file_name() : "", result.line_number(), result.summary());
      std::fflush(stdout);
    }
  }

  int rank_;
  std::string test_;
};

}  // namespace

int main(int argc, char** argv) {
  const zcmpi::ScopedMpi mpi(&argc, &argv);
  testing::InitGoogleMock(&argc, argv);
  const zcmpi::ScopedKokkos kokkos({});
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank != 0) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new FailuresOfRank(rank));
  }
  int result = RUN_ALL_TESTS();
  MPI_Allreduce(MPI_IN_PLACE, &result, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  return result;
}
