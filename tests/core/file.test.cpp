#include "zcmpi/core/file.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

/// No file grows beyond so many bytes while it lives: writes fail, as on a full disk.
class ScopedFileSizeLimit {
 public:
  explicit ScopedFileSizeLimit(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit{bytes, old_limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~ScopedFileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_handler_);
  }
  ScopedFileSizeLimit(const ScopedFileSizeLimit&) = delete;
  ScopedFileSizeLimit& operator=(const ScopedFileSizeLimit&) = delete;

 private:
  void (*old_handler_)(int);
  rlimit old_limit_{};
};

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

TEST_F(Files, ReplacingALinkReplacesWhatItLeadsTo) {
  std::filesystem::create_directory(folder / "elsewhere");
  std::filesystem::create_symlink("elsewhere/a.txt", folder / "link");
  std::filesystem::create_symlink(folder / "link", folder / "elsewhere" / "link of a link");
  replace_file(folder / "link", "to nothing");
  EXPECT_EQ(read_file(folder / "elsewhere" / "a.txt"), "to nothing");
  replace_file(folder / "elsewhere" / "link of a link", "to a file");
  EXPECT_EQ(read_file(folder / "elsewhere" / "a.txt"), "to a file");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  std::filesystem::create_symlink("loop", folder / "elsewhere" / "loop");
  EXPECT_THROW(replace_file(folder / "elsewhere" / "loop", "x"), std::runtime_error);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 2);
}

TEST_F(Files, ReplacingInAMissingFolderThrowsAndNamesTheFile) {
  try {
    replace_file(folder / "missing" / "a.txt", "x");
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("missing/a.txt"), std::string::npos) << error.what();
  }
}

TEST_F(Files, ReplacingThatFailsLeavesTheOldContentAndNoTemporaryFile) {
  const auto path = folder / "a.txt";
  replace_file(path, "old");
  {
    const ScopedFileSizeLimit limit(10);
    EXPECT_THROW(replace_file(path, std::string(100, 'x')), std::runtime_error);
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(Files, ReplacingAFolderThrowsAndLeavesNoTemporaryFile) {
  std::filesystem::create_directories(folder / "a" / "b");
  EXPECT_THROW(replace_file(folder / "a", "x"), std::runtime_error);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(Files, AppendingKeepsWhatWasThere) {
  const auto path = folder / "a.txt";
  append_to_file(path, "one\n");
  append_to_file(path, "two\n");
  EXPECT_EQ(read_file(path), "one\ntwo\n");
}

TEST_F(Files, WhatIsThereIsToldAndWhatCannotBeLookedAtIsAnInputError) {
  const auto file = folder / "a.txt";
  replace_file(file, "x");
  EXPECT_TRUE(path_exists(file) && is_file(file) && !is_folder(file));
  EXPECT_TRUE(path_exists(folder) && is_folder(folder) && !is_file(folder));
  for (const auto& absent : {folder / "none", file / "below"}) {
    EXPECT_FALSE(path_exists(absent) || is_file(absent) || is_folder(absent));
  }
  EXPECT_THROW(path_exists(folder / std::string(300, 'n')), InputError);
}

TEST_F(Files, AFolderThatCannotBeMadeIsAPersonsMistakeOnlyWhereAPersonNamedIt) {
  make_folder(folder / "a" / "b");
  make_named_folder(folder / "a" / "b", "name another");
  EXPECT_TRUE(is_folder(folder / "a" / "b"));
  const auto file = folder / "a.txt";
  replace_file(file, "x");
  EXPECT_THROW(make_named_folder(file / "below", "name another"), InputError);
  try {
    make_folder(file / "below");
    ADD_FAILURE() << "a folder below a file";
  } catch (const InputError&) {
    ADD_FAILURE() << "nobody named it";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr((file / "below").string()));
  }
}

TEST_F(Files, ReadingAMissingFileIsAnInputError) { EXPECT_THROW(read_file(folder / "none"), InputError); }

TEST_F(Files, ReadingAFolderIsAnInputError) { EXPECT_THROW(read_file(folder), InputError); }

}  // namespace
}  // namespace zcmpi
