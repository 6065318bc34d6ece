#include <gmock/gmock.h>

#include <fstream>
#include <functional>

#include "made_checkpoint.hpp"
#include "spoiled_island.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/data/hdf5.hpp"

#ifdef __SANITIZE_ADDRESS__
// HDF5 1.10 leaks an object header whose check sum is wrong, in memory that it recycles: no stack tells whose it was.
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5\n"; }
#endif

namespace zcmpi {
namespace {

using test::digest_of;
using test::digests_of;
using testing::HasSubstr;

class DamagedCheckpoint : public testing::Test {
 protected:
  DamagedCheckpoint() { test::write_made_checkpoint(path, header); }

  void write_bytes(std::string_view bytes) const {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  /// Changes the file through HDF5, so that all check sums are right.
  void edit(const std::function<void(hid_t)>& change) const {
    const hdf5::Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    change(file.id());
  }
  template <class T>
  void set_attribute(const char* name, T value) const {
    edit([&](hid_t file) {
      const hdf5::Handle attribute(H5Aopen(file, name, H5P_DEFAULT), H5Aclose);
      ASSERT_GE(H5Awrite(attribute.id(), hdf5::type_of<T>(), &value), 0);
    });
  }

  /// Reads all islands, which must fail; what the error says.
  [[nodiscard]] std::string refusal(bool damaged) const {
    try {
      static_cast<void>(read_all_islands(path));
    } catch (const CheckpointError& error) {
      EXPECT_EQ(error.damaged(), damaged) << error.what();
      EXPECT_THAT(error.what(), HasSubstr(path.string()));
      return error.what();
    }
    return "accepted";
  }

  const test::ScopedFolder folder;
  const std::filesystem::path path = folder.path() / "ckpt-00000040.h5";
  const CheckpointHeader header = test::made_header();
  const std::vector<std::uint64_t> islands = digests_of(test::made_islands(header, {0, header.islands}));
};

TEST_F(DamagedCheckpoint, IsToldFromAWholeOne) {
  EXPECT_EQ(digests_of(read_all_islands(path)), islands);
  EXPECT_EQ(digest_of(read_checkpoint_header(path)), digest_of(header));
}

TEST_F(DamagedCheckpoint, IsNotAFolder) {
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  const std::string error = refusal(false);
  EXPECT_THAT(error, HasSubstr("the checkpoint is a folder"));
  EXPECT_EQ(std::ranges::count(error, '\n'), 0);
}

TEST_F(DamagedCheckpoint, IsRefusedWhereverItWasCut) {
  const std::string whole = read_file(path);
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{8}, std::size_t{100}, whole.size() / 4,
                                   whole.size() / 2, whole.size() * 3 / 4, whole.size() - 1}) {
    write_bytes(std::string_view(whole).substr(0, length));
    EXPECT_THAT(refusal(true), HasSubstr("the checkpoint is damaged")) << length << " bytes";
  }
}

TEST_F(DamagedCheckpoint, NeverBecomesAnotherStateByAFlippedBit) {
  const std::string whole = read_file(path);
  constexpr std::size_t stride = 7;
  std::size_t refused = 0;
  std::string altered = whole;
  for (std::size_t i = 0; i < whole.size(); i += stride) {
    altered[i] = static_cast<char>(altered[i] ^ (1 << (i / stride % 8)));
    write_bytes(altered);
    altered[i] = whole[i];
    try {
      EXPECT_EQ(digests_of(read_all_islands(path)), islands) << "byte " << i;
      EXPECT_EQ(digest_of(read_checkpoint_header(path)), digest_of(header)) << "byte " << i;
    } catch (const CheckpointError& error) {
      EXPECT_TRUE(error.damaged()) << "byte " << i << ": " << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 0U);
}

TEST_F(DamagedCheckpoint, NamesTheIslandWhoseFormulaChanged) {
  test::spoil_island(path);
  EXPECT_THAT(refusal(true), testing::ContainsRegex("island 1 has digest [0-9a-f]{16}, expected [0-9a-f]{16}"));
}

TEST_F(DamagedCheckpoint, CannotHideExchangedIslands) {
  // Both islands' parts and digests change places: each is whole but not where it belongs.
  edit([this](hid_t file) {
    const hdf5::Handle root(file, nullptr);
    const auto exchange = [&](const std::string& name) {
      const hdf5::Handle dataset = hdf5::open_dataset(root, name);
      std::size_t stride = H5Tget_size(hdf5::Handle(H5Dget_type(dataset.id()), H5Tclose).id());
      const auto extents = hdf5::extents_of(dataset);
      for (std::size_t k = 1; k < extents.size(); ++k) {
        stride *= static_cast<std::size_t>(extents[k]);
      }
      const hdf5::Handle type(H5Dget_type(dataset.id()), H5Tclose);
      std::vector<std::byte> first(stride);
      std::vector<std::byte> second(stride);
      hdf5::read_rows(dataset, type.id(), first, {0, 1});
      hdf5::read_rows(dataset, type.id(), second, {1, 1});
      hdf5::write_rows(dataset, type.id(), second, {0, 1});
      hdf5::write_rows(dataset, type.id(), first, {1, 1});
    };
    for (const char* group : {"population", "hall_of_fame", "inbox", "counters"}) {
      for (const auto& name : hdf5::member_names(hdf5::open_group(root, group))) {
        exchange(std::string(group) + "/" + name);
      }
    }
    exchange("digest");
  });
  EXPECT_THAT(refusal(true), HasSubstr("island 0 has digest"));
}

TEST_F(DamagedCheckpoint, IsOneThatWasNotMarkedComplete) {
  set_attribute("complete", std::uint8_t{0});
  EXPECT_THAT(refusal(true), HasSubstr("it was not written to its end"));
}

TEST_F(DamagedCheckpoint, IsOneWhoseHeaderDoesNotFitItsDigest) {
  set_attribute("seed", std::uint64_t{12});
  EXPECT_THAT(refusal(true), HasSubstr("its header has digest"));
}

TEST_F(DamagedCheckpoint, IsOneThatLacksADataset) {
  edit([](hid_t file) { ASSERT_GE(H5Ldelete(file, "hall_of_fame/op", H5P_DEFAULT), 0); });
  EXPECT_THAT(refusal(true), HasSubstr("hall_of_fame/op"));
}

TEST_F(DamagedCheckpoint, IsNotOneOfAnotherVersion) {
  set_attribute("version", std::uint32_t{7});
  EXPECT_THAT(refusal(false), testing::AllOf(HasSubstr("version 7"), HasSubstr("reads version 5")));
}

TEST_F(DamagedCheckpoint, IsNotAnotherKindOfHdf5File) {
  std::filesystem::remove(path);
  { const hdf5::Handle file = hdf5::create_file(path); }
  EXPECT_THAT(refusal(false), HasSubstr("not a checkpoint of zcmpi"));
}

TEST_F(DamagedCheckpoint, IsNotAFileThatIsAbsent) {
  std::filesystem::remove(path);
  EXPECT_THAT(refusal(false), HasSubstr("there is no such checkpoint"));
}

}  // namespace
}  // namespace zcmpi
