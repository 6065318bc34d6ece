#include "zcmpi/data/feature_cache.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "support.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/data/hdf5.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const CacheSettings settings{{"space", "nb201"}, {"batch", "64"}};

class FeatureCaches : public InFolder {
 protected:
  [[nodiscard]] FeatureCache open(int rank = 0, CacheSettings of = settings) const {
    return {folder / "cache", std::move(of), rank};
  }

  /// Rank 0's file with one value and one missing value.
  [[nodiscard]] std::filesystem::path written() const {
    auto cache = open();
    cache.set("a", "snip", {1.5, 0.25, {}});
    cache.set("b", "zen", {nan_value, 0.5, "no path"});
    cache.write();
    return cache.file();
  }

  [[nodiscard]] std::string error() const {
    return message_of<InputError>([&] { static_cast<void>(open()); });
  }
};

TEST_F(FeatureCaches, WhatWasWrittenIsThereAgain) {
  const auto path = written();
  const auto cache = open();
  EXPECT_EQ(cache.find("a", "snip")->value, 1.5);
  EXPECT_EQ(cache.find("a", "snip")->seconds, 0.25);
  EXPECT_EQ(cache.find("b", "zen")->reason, "no path");
  EXPECT_FALSE(cache.has("a", "zen"));
  EXPECT_EQ(read_cache_file(path).settings, settings);
}

TEST_F(FeatureCaches, AFileOfThemIsToldFromATableAndFromOtherFiles) {
  EXPECT_TRUE(is_cache_file(written()));
  write_table(folder / "t.h5", std::vector{small_problem()});
  EXPECT_FALSE(is_cache_file(folder / "t.h5"));
  EXPECT_FALSE(is_cache_file(write("notes.h5", "not HDF5 at all")));
  EXPECT_FALSE(is_cache_file(folder));
  EXPECT_FALSE(is_cache_file(folder / "none.h5"));
}

TEST_F(FeatureCaches, WhatIsNotWrittenIsLostWithTheProcess) {
  {
    auto cache = open();
    cache.set("a", "snip", {1.0});
    EXPECT_TRUE(cache.has("a", "snip"));
  }
  EXPECT_FALSE(open().has("a", "snip"));
}

TEST_F(FeatureCaches, ReadingMakesNoFolder) {
  static_cast<void>(open());
  EXPECT_THAT(cache_files(folder / "cache"), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder / "cache"));
}

TEST_F(FeatureCaches, NothingNewIsNotWritten) {
  auto cache = open();
  cache.write();
  EXPECT_FALSE(std::filesystem::exists(cache.file()));
  EXPECT_FALSE(cache.write_if_due());
}

TEST_F(FeatureCaches, TheFirstValueIsWrittenAtOnceAndTheNextWhenWritingTakesASmallShare) {
  auto cache = open();
  cache.set("a", "snip", {1.0});
  EXPECT_TRUE(cache.write_if_due());
  // Writing with its synchronisation takes longer than a fiftieth of nothing. A machine may make this test wait just
  // here, so one of several chances is enough.
  bool wrote = true;
  for (int chance = 0; chance < 20 && wrote; ++chance) {
    cache.set("b", "snip", {static_cast<double>(chance)});
    wrote = cache.write_if_due();
  }
  EXPECT_FALSE(wrote);
  cache.write();
  EXPECT_TRUE(read_cache_file(cache.file()).table.has("b", "snip"));
}

TEST_F(FeatureCaches, ARankKeepsWhatItComputedBefore) {
  static_cast<void>(written());
  auto cache = open();
  cache.set("a", "nwot", {3.0});
  cache.write();
  const auto table = read_cache_file(cache.file()).table;
  EXPECT_TRUE(table.has("a", "snip"));
  EXPECT_TRUE(table.has("b", "zen"));
  EXPECT_TRUE(table.has("a", "nwot"));
}

TEST_F(FeatureCaches, ARankKnowsWhatAllRanksComputedAndWritesItsOwnAlone) {
  static_cast<void>(written());
  auto cache = open(3);
  EXPECT_TRUE(cache.has("a", "snip"));
  cache.set("c", "snip", {7.0});
  cache.write();
  EXPECT_THAT(read_cache_file(cache.file()).table.architectures(), ElementsAre("c"));
  EXPECT_THAT(cache_files(cache.folder()), SizeIs(2));
  EXPECT_THAT(open().known().architectures(), ElementsAre("a", "b", "c"));
}

TEST_F(FeatureCaches, WhatAnotherRankHadTheMemoryForComesBeforeAValueThatIsMissingForWantOfIt) {
  auto first = open(0);
  first.set("a", "snip", {.reason = std::string(no_memory)});
  first.set("b", "snip", {.reason = std::string(no_memory)});
  first.write();
  EXPECT_TRUE(open(0).has("a", "snip"));
  EXPECT_FALSE(open(0).has_final("a", "snip"));
  auto second = open(1);
  second.set("a", "snip", {2.0});
  second.write();
  EXPECT_EQ(open(0).find("a", "snip")->value, 2.0);
  EXPECT_TRUE(open(0).has_final("a", "snip"));
  EXPECT_FALSE(open(0).has_final("b", "snip"));
  EXPECT_EQ(open(2).known().find("a", "snip")->value, 2.0);
}

TEST_F(FeatureCaches, WhatOtherFoldersHoldIsTakenOverIntoTheFirstRanksFile) {
  static_cast<void>(written());
  const std::array sources{folder / "cache", folder / "not there"};
  for (const int rank : {1, 0}) {
    FeatureCache cache(folder / "own", settings, rank, sources);
    EXPECT_EQ(cache.find("a", "snip")->value, 1.5);
    EXPECT_EQ(cache.known().find("b", "zen")->reason, "no path");
    EXPECT_EQ(cache.taken_over(), 2U);
    cache.write();
    EXPECT_EQ(std::filesystem::exists(cache.file()), rank == 0);
  }
  EXPECT_EQ(FeatureCache(folder / "own", settings, 0).find("a", "snip")->seconds, 0.25);
  // Nothing is new any more.
  FeatureCache again(folder / "own", settings, 0, sources);
  std::filesystem::remove(again.file());
  again.write();
  EXPECT_FALSE(std::filesystem::exists(again.file()));
}

TEST_F(FeatureCaches, OtherFoldersGiveNoValuesOfOtherSettingsAndReplaceNone) {
  static_cast<void>(written());
  const std::array sources{folder / "cache"};
  EXPECT_FALSE(FeatureCache(folder / "own", {{"space", "nb101"}}, 0, sources).has("a", "snip"));
  FeatureCache own(folder / "own", settings, 0);
  own.set("a", "snip", {9.0});
  own.set("b", "zen", {.reason = std::string(no_memory)});
  own.write();
  const FeatureCache cache(folder / "own", settings, 0, sources);
  EXPECT_EQ(cache.find("a", "snip")->value, 9.0);
  EXPECT_EQ(cache.find("b", "zen")->reason, "no path");
  for (const int rank : {0, 1}) {
    const FeatureCache as_it_was(folder / "own", settings, rank, sources, NotFinal::keep);
    EXPECT_EQ(as_it_was.find("b", "zen")->reason, no_memory);
    EXPECT_EQ(as_it_was.known().find("b", "zen")->reason, no_memory);
  }
}

TEST_F(FeatureCaches, WhatAnotherMachineHadNoMemoryForIsNotTakenOver) {
  auto other = open();
  other.set("a", "snip", {.reason = std::string(no_memory)});
  other.set("a", "zen", {2.0});
  other.write();
  const std::array sources{folder / "cache"};
  for (const int rank : {0, 1}) {
    const FeatureCache cache(folder / "own", settings, rank, sources);
    EXPECT_TRUE(cache.has("a", "zen"));
    EXPECT_FALSE(cache.has("a", "snip"));
  }
}

TEST_F(FeatureCaches, ValuesOfOtherSettingsAreNeverUsed) {
  static_cast<void>(written());
  for (const CacheSettings& other :
       {CacheSettings{{"space", "nb201"}, {"batch", "32"}}, CacheSettings{{"space", "nb201"}}, CacheSettings{}}) {
    EXPECT_NE(digest_of(other), digest_of(settings));
    auto cache = open(0, other);
    EXPECT_FALSE(cache.has("a", "snip"));
    EXPECT_NE(cache.file(), open().file());
    EXPECT_THAT(cache.known().architectures(), IsEmpty());
  }
}

TEST_F(FeatureCaches, AFileUnderTheNameOfOtherSettingsIsRefused) {
  const auto path = written();
  auto other = settings;
  other["batch"] = "32";
  std::filesystem::copy_file(path, open(0, other).file());
  EXPECT_THAT(message_of<InputError>([&] { static_cast<void>(open(0, other)); }),
              HasSubstr("its settings are not those of its name"));
}

TEST_F(FeatureCaches, AWriteThatWasCutShortLeavesTheFileAsItWas) {
  const auto path = written();
  write("cache/" + path.filename().string() + ".tmp", "half a file");
  EXPECT_TRUE(open().has("a", "snip"));
  EXPECT_THAT(cache_files(folder / "cache"), ElementsAre(path));
}

TEST_F(FeatureCaches, AFullDiskLeavesTheFileAsItWasAndIsSaid) {
  const auto path = written();
  const auto size = std::filesystem::file_size(path);
  auto cache = open();
  for (int i = 0; i < 1000; ++i) {
    cache.set(fmt::format("architecture {}", i), "snip", {static_cast<double>(i)});
  }
  // At whatever place the disk is full.
  for (rlim_t room = 0; room < 2 * size; room += size / 7) {
    const SmallDisk disk(room);
    EXPECT_THAT(message_of<std::runtime_error>([&] { cache.write(); }), HasSubstr(path.string())) << room;
    EXPECT_TRUE(open().has("b", "zen"));
    EXPECT_THAT(cache_files(folder / "cache"), ElementsAre(path));
    EXPECT_FALSE(std::filesystem::exists(path.string() + ".tmp"));
  }
  cache.write();
  EXPECT_TRUE(open().has("architecture 999", "snip"));
}

TEST_F(FeatureCaches, ADamagedFileOfAnotherFolderIsNotToBeRemoved) {
  const auto path = written();
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const std::array sources{folder / "cache"};
  const auto message =
      message_of<InputError>([&] { static_cast<void>(FeatureCache(folder / "own", settings, 0, sources)); });
  EXPECT_THAT(message, AllOf(HasSubstr(path.string()), HasSubstr("leave out its folder")));
  EXPECT_THAT(message, testing::Not(HasSubstr("remove")));
}

TEST_F(FeatureCaches, AFolderThatCannotBeReadIsNotTakenForAnEmptyOne) {
  const auto file = write("a file", "");
  EXPECT_THAT(message_of<InputError>([&] { cache_files(file / "cache"); }), HasSubstr("cannot read the folder"));
}

TEST_F(FeatureCaches, ADamagedFileIsNamedWithWhatToDo) {
  const auto path = written();
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EXPECT_THAT(error(), AllOf(HasSubstr("the feature cache is damaged (" + path.string() + ")"),
                             HasSubstr("remove the file, and what it held is computed again")));
  write("cache/" + path.filename().string(), "no HDF5");
  EXPECT_THAT(error(), HasSubstr("it is no HDF5 file"));
}

TEST_F(FeatureCaches, AnAlteredValueIsDetected) {
  const auto path = written();
  {
    const auto file = hdf5::open_file_for_update(path);
    hdf5::write_rows<double>(hdf5::open_dataset(file, "value"), std::vector<double>(4, 1.0), {0, 2});
  }
  EXPECT_THAT(error(), HasSubstr("its content does not match its digest"));
}

TEST_F(FeatureCaches, AnotherFormatAndANewerVersionAreRefused) {
  const auto path = written();
  {
    const auto file = hdf5::open_file_for_update(path);
    H5Adelete(file.id(), "version");
    hdf5::write_attribute<std::uint32_t>(file, "version", 2);
  }
  EXPECT_THAT(error(), HasSubstr("is of format version 2"));
  {
    const auto file = hdf5::create_file(path);
    hdf5::write_text_attribute(file, "format", "zcmpi feature table");
  }
  EXPECT_THAT(error(), HasSubstr("its attribute 'format' is 'zcmpi feature table', expected 'zcmpi feature cache'"));
}

TEST_F(FeatureCaches, AnEmptyTableIsWrittenAndRead) {
  write_cache_file(folder / "x-rank0.h5", {}, {});
  EXPECT_THAT(read_cache_file(folder / "x-rank0.h5").table.architectures(), IsEmpty());
}

TEST_F(FeatureCaches, TheDocumentedLinesReadItWithH5py) {
  if (std::system("/usr/bin/python3 -c 'import h5py' > /dev/null 2>&1") != 0) {
    GTEST_SKIP() << "python3 with h5py is not installed (Debian: python3-h5py)";
  }
  std::filesystem::copy_file(written(), folder / "cache.h5");
  const auto document = read_file(ZCMPI_FORMATS_DOCUMENT);
  const std::string opening = "```python\n";
  const auto start = document.find(opening, document.find("## Feature caches")) + opening.size();
  write("read.py", document.substr(start, document.find("```", start) - start));
  std::string output;
  FILE* pipe = ::popen(fmt::format("cd '{}' && /usr/bin/python3 -W error read.py 2>&1", folder.string()).c_str(), "r");
  std::array<char, 4096> buffer{};
  while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), count);
  }
  ::pclose(pipe);
  EXPECT_EQ(output,
            "{'batch': '64', 'space': 'nb201'}\n"
            "a snip 1.5 0.25\n"
            "b zen no path 0.5\n");
}

}  // namespace
}  // namespace zcmpi
