#include "cache_sources.hpp"

#include <gmock/gmock.h>

#include <array>

#include "support.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace fs = std::filesystem;

class CacheSources : public testing::Test {
 protected:
  /// A folder with one cache of these settings.
  [[nodiscard]] fs::path write(const std::string& name, const CacheSettings& of) const {
    FeatureCache cache(folder.path() / name, of, 0);
    cache.set("a", "snip", {1.0});
    cache.write();
    return cache.folder();
  }

  TestFolder folder;
  CacheSettings settings{{"batch", "64"}, {"seed", "1"}, {"space", "nb201"}};
};

TEST_F(CacheSources, AreFoldersUnlessTheCommandGoesOn) {
  const std::array there{folder.path()};
  EXPECT_THAT(existing_cache_folders(there, MissingFolder::refused), ElementsAre(folder.path()));
  const std::array gone{folder.path() / "gone", folder.path()};
  EXPECT_THAT(input_error_of([&] { existing_cache_folders(gone, missing_folder(ResumeMode::never)); }),
              AllOf(HasSubstr("there is no folder of feature caches"), HasSubstr("gone")));
  for (const auto resume : {ResumeMode::required, ResumeMode::automatic}) {
    EXPECT_THAT(existing_cache_folders(gone, missing_folder(resume)), ElementsAre(folder.path()));
  }
}

TEST_F(CacheSources, OfTheSameSettingsAreUsed) {
  const std::array folders{write("same", settings)};
  EXPECT_THAT(describe_unused_caches(folders, settings), IsEmpty());
}

TEST_F(CacheSources, OfOtherSettingsAreNamedWithWhatDiffersFromTheNearest) {
  auto near = settings;
  near["seed"] = "2";
  auto far = near;
  far["batch"] = "8";
  const std::array folders{write("other", far)};
  static_cast<void>(write("other", near));
  // A damaged file among them hides no other.
  static_cast<void>(folder.write("other/0000000000000000-rank0.h5", "no HDF5"));
  fs::create_directory(folder.path() / "empty");
  const std::array both{folders[0], folder.path() / "empty"};
  EXPECT_THAT(describe_unused_caches(both, settings),
              ElementsAre(AllOf(HasSubstr("seed is 2 there and 1 here"), HasSubstr("other"), Not(HasSubstr("batch"))),
                          HasSubstr("there is no feature cache in")));
}

}  // namespace
}  // namespace zcmpi
