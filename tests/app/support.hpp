/// \file
/// What several tests of the module need.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../captured_warnings.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/data/problem.hpp"

namespace zcmpi {

/// The message of the InputError that `action` throws; anything else fails the test.
template <class Action>
std::string input_error_of(Action action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no InputError was thrown";
  return "";
}

/// An nb201 problem of these architectures and accuracies, without features.
inline Problem accuracies_of(std::vector<std::string> architectures, std::vector<double> accuracies) {
  Problem problem;
  problem.space = "nb201";
  problem.task = "a";
  problem.architectures = std::move(architectures);
  problem.val_accuracy = std::move(accuracies);
  return problem;
}

/// A folder for one test, removed at its end.
class TestFolder {
 public:
  TestFolder() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(testing::TempDir()) /
            (std::string("zcmpi_") + test->test_suite_name() + "_" + test->name() + "_" + std::to_string(::getpid()));
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Writes a file and returns its path.
  [[nodiscard]] std::filesystem::path write(const std::string& name, std::string_view content) const {
    std::ofstream(path_ / name) << content;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace zcmpi
