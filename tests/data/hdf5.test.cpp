#include "zcmpi/data/hdf5.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <array>
#include <limits>
#include <vector>

#include "support.hpp"

namespace zcmpi::hdf5 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Hdf5 : public InFolder {
 protected:
  const std::filesystem::path path = folder / "a.h5";
};

TEST_F(Hdf5, ArraysComeBackAsTheyWereWritten) {
  const std::vector<double> doubles{1.5, -0.0, std::numeric_limits<double>::infinity(), 1e-310, 2.0, 3.0};
  const std::vector<std::uint64_t> words{0, ~std::uint64_t{0}};
  const std::array<hsize_t, 2> matrix{2, 3};
  const std::array<hsize_t, 1> two{2};
  {
    const Handle file = create_file(path);
    write_array<double>(file, "plain", doubles, matrix, contiguous_storage());
    write_array<double>(file, "packed", doubles, matrix, compressed_storage(matrix));
    write_array<std::uint64_t>(file, "words", words, two, contiguous_storage());
  }
  const Handle file = open_file(path);
  EXPECT_EQ(read_array<double>(file, "plain"), doubles);
  EXPECT_EQ(read_array<double>(file, "packed"), doubles);
  EXPECT_EQ(read_array<std::uint64_t>(file, "words"), words);
  EXPECT_THAT(extents_of(open_dataset(file, "packed")), ElementsAre(2, 3));
}

TEST_F(Hdf5, EmptyAndScalarArraysComeBack) {
  const std::array<hsize_t, 2> empty{0, 5};
  {
    const Handle file = create_file(path);
    write_array<float>(file, "empty", {}, empty, contiguous_storage());
    write_array<float>(file, "scalar", std::vector<float>{2.5F}, {}, contiguous_storage());
    write_strings(file, "no strings", {}, false);
  }
  const Handle file = open_file(path);
  EXPECT_TRUE(read_array<float>(file, "empty").empty());
  EXPECT_THAT(read_array<float>(file, "scalar"), ElementsAre(2.5F));
  EXPECT_TRUE(read_strings(file, "no strings").empty());
}

TEST_F(Hdf5, RowsAreWrittenAndReadInParts) {
  const std::array<hsize_t, 2> extents{3, 2};
  {
    const Handle file = create_file(path);
    const Handle dataset = create_dataset(file, "x", type_of<int>(), extents, contiguous_storage());
    write_rows<int>(dataset, std::vector{5, 6}, {2, 1});
    write_rows<int>(dataset, std::vector{1, 2, 3, 4}, {0, 2});
    write_rows<int>(dataset, std::vector<int>{}, {0, 0});
  }
  const Handle file = open_file(path);
  std::vector<int> rows(4);
  read_rows<int>(open_dataset(file, "x"), rows, {1, 2});
  EXPECT_THAT(rows, ElementsAre(3, 4, 5, 6));
}

TEST_F(Hdf5, StringsOfUnequalLengthComeBack) {
  const std::vector<std::string> strings{"", "|none~0|", "\xc3\xa9", "a much longer one with spaces at its end  "};
  for (const bool compressed : {false, true}) {
    {
      const Handle file = create_file(path);
      write_strings(file, "s", strings, compressed);
    }
    EXPECT_EQ(read_strings(open_file(path), "s"), strings);
  }
}

TEST_F(Hdf5, AttributesComeBackAndNumbersAreNotText) {
  {
    const Handle file = create_file(path);
    write_text_attribute(file, "text", "one");
    write_text_attribute(file, "empty", "");
    write_attribute<std::uint32_t>(file, "number", 7);
  }
  const Handle file = open_file(path);
  EXPECT_EQ(read_text_attribute(file, "text"), "one");
  EXPECT_EQ(read_text_attribute(file, "empty"), "");
  EXPECT_EQ(read_attribute<std::uint32_t>(file, "number"), 7U);
  EXPECT_TRUE(has_attribute(file, "number"));
  EXPECT_FALSE(has_attribute(file, "other"));
  EXPECT_EQ(read_text_attributes(file), (std::map<std::string, std::string>{{"empty", ""}, {"text", "one"}}));
}

TEST_F(Hdf5, GroupsAreMadeOnTheWayAndListedInOrder) {
  const Handle file = create_file(path);
  create_group(file, "b/c/d");
  create_group(file, "a");
  EXPECT_THAT(member_names(file), ElementsAre("a", "b"));
  EXPECT_TRUE(has_member(file, "b/c/d"));
  EXPECT_FALSE(has_member(file, "b/x/d"));
  EXPECT_FALSE(has_member(file, "b/c/x"));
}

TEST_F(Hdf5, EqualContentGivesEqualBytes) {
  const auto write_at = [&](const std::string& name) {
    const Handle file = create_file(folder / name);
    const std::array<hsize_t, 1> extents{2};
    write_array<double>(create_group(file, "g"), "x", std::vector{1.0, 2.0}, extents, compressed_storage(extents));
  };
  write_at("1.h5");
  // Time stamps would be whole seconds.
  ::sleep(1);
  write_at("2.h5");
  EXPECT_EQ(read_file(folder / "1.h5"), read_file(folder / "2.h5"));
}

TEST_F(Hdf5, AMissingFileIsNamedWithTheReason) {
  EXPECT_THAT(message_of<Error>([&] { open_file(path); }),
              AllOf(HasSubstr("cannot open the HDF5 file (" + path.string() + ")"), HasSubstr("No such file")));
}

TEST_F(Hdf5, AFailureInsideAFileNamesTheFileAndTheObject) {
  create_file(path).close();
  const Handle file = open_file(path);
  EXPECT_THAT(message_of<Error>([&] { open_dataset(file, "nothing"); }),
              AllOf(HasSubstr("cannot open the dataset 'nothing' (" + path.string() + "): "), HasSubstr("'nothing'")));
}

TEST_F(Hdf5, ATruncatedFileSaysSo) {
  create_file(path).close();
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 100);
  EXPECT_THAT(message_of<Error>([&] { open_file(path); }), HasSubstr("truncated file"));
}

TEST_F(Hdf5, ALockedFileNamesTheVariableThatTurnsLockingOff) {
  create_file(path).close();
  const int descriptor = ::open(path.c_str(), O_RDWR);
  ASSERT_GE(descriptor, 0);
  ASSERT_EQ(::flock(descriptor, LOCK_EX), 0);
  EXPECT_THAT(message_of<Error>([&] { open_file(path); }), HasSubstr("HDF5_USE_FILE_LOCKING=FALSE"));
  ::close(descriptor);
}

TEST_F(Hdf5, FailuresPrintNothing) {
  testing::internal::CaptureStderr();
  EXPECT_THROW(open_file(path), Error);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(Hdf5, TheSignatureTellsHdf5FilesFromOthers) {
  create_file(path).close();
  EXPECT_TRUE(has_hdf5_signature(path));
  EXPECT_FALSE(has_hdf5_signature(write("b.csv", "arch,val_accuracy\n")));
  EXPECT_FALSE(has_hdf5_signature(write("empty", "")));
  EXPECT_FALSE(has_hdf5_signature(folder / "none"));
}

TEST_F(Hdf5, AnArrayIsNotReadAsOneNumber) {
  const Handle file = create_file(path);
  const std::array<hsize_t, 1> three{3};
  const Handle space{H5Screate_simple(1, three.data(), nullptr), H5Sclose};
  const Handle attribute{H5Acreate2(file.id(), "x", type_of<int>(), space.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose};
  EXPECT_THAT(message_of<Error>([&] { read_attribute<int>(file, "x"); }), HasSubstr("it must be one number"));
}

}  // namespace
}  // namespace zcmpi::hdf5
