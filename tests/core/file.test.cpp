#include "zcmpi/core/file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

class Files : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }

  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / ("zcmpi_files_" + std::to_string(::getpid()));
};

TEST_F(Files, ReplacingLeavesTheNewContentAndNoTemporaryFile) {
  const auto path = folder / "a.txt";
  replace_file(path, "old");
  replace_file(path, "new");
  EXPECT_EQ(read_file(path), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(Files, ReplacingInAMissingFolderThrowsAndNamesTheFile) {
  try {
    replace_file(folder / "missing" / "a.txt", "x");
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("missing/a.txt"), std::string::npos) << error.what();
  }
}

TEST_F(Files, AppendingKeepsWhatWasThere) {
  const auto path = folder / "a.txt";
  append_to_file(path, "one\n");
  append_to_file(path, "two\n");
  EXPECT_EQ(read_file(path), "one\ntwo\n");
}

TEST_F(Files, ReadingAMissingFileIsAnInputError) { EXPECT_THROW(read_file(folder / "none"), InputError); }

TEST_F(Files, ReadingAFolderIsAnInputError) { EXPECT_THROW(read_file(folder), InputError); }

}  // namespace
}  // namespace zcmpi
