/// \file
/// What the tests of `data` share.
#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

#include "../captured_warnings.hpp"
#include "../real_data.hpp"
#include "zcmpi/data/problem.hpp"

namespace zcmpi {

using test::real_data_folder;

inline constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

/// A fixture with an empty folder of its own.
class InFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::filesystem::path write(const std::string& name, std::string_view content) const {
    replace_file(folder / name, content);
    return folder / name;
  }

  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / ("zcmpi_data_" + std::to_string(::getpid()));
};

/// A disk on which a file can be so large and no larger.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SmallDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

 private:
  rlimit before_{};
};

/// The message of the exception of type `Exception` that `action` throws; a failed test and "" when there is none.
template <class Exception, class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const Exception& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

/// Three architectures, two terminals, one missing value.
inline Problem small_problem(std::string space = "toy", std::string task = "task") {
  Problem problem;
  problem.space = std::move(space);
  problem.task = std::move(task);
  problem.architectures = {"a", "(1, 2)", "c"};
  problem.terminals = {"flops", "nwot"};
  problem.features = {1.0, -2.5, 1e10, 0.25, nan_value, 0.75};
  problem.costs_seconds = {0.5, nan_value};
  problem.val_accuracy = {90.0, 91.5, 89.25};
  return problem;
}

}  // namespace zcmpi
