#include "patterns.hpp"

#include <gmock/gmock.h>

#include <set>

#include "zcmpi/core/random.hpp"

namespace zcmpi {
namespace {

std::vector<float> random_units(std::size_t count, std::uint32_t index) {
  RandomStream random({.seed = 1, .index = index});
  std::vector<float> units(count);
  for (float& unit : units) {
    unit = random.below(3) == 0 ? 0.0F : static_cast<float>(random.normal());
  }
  return units;
}

TEST(PatternAgreement, CountsUnitsInWhichTwoImagesAreBothActiveOrBothNot) {
  // Around the width of a word, and one image alone.
  for (const std::size_t units : {1U, 7U, 63U, 64U, 65U, 130U, 1000U}) {
    for (const std::size_t images : {1U, 2U, 5U}) {
      const auto values = random_units(images * units, static_cast<std::uint32_t>(units));
      PatternAgreement agreement(images);
      agreement.add(values, 3);
      agreement.add_inactive(11);
      const auto kernel = agreement.kernel();
      for (std::size_t i = 0; i < images; ++i) {
        for (std::size_t j = 0; j < images; ++j) {
          double expected = 11.0;
          for (std::size_t unit = 0; unit < units; ++unit) {
            expected += (values[i * units + unit] > 0.0F) == (values[j * units + unit] > 0.0F) ? 3.0 : 0.0;
          }
          EXPECT_EQ(kernel[i * images + j], expected) << units << " units, images " << i << " and " << j;
        }
      }
    }
  }
}

TEST(UnitPatterns, CountsDifferentPatterns) {
  for (const std::size_t images : {1U, 3U, 63U, 64U, 65U, 130U}) {
    constexpr std::size_t units = 40;
    // Units 20 to 39 repeat units 0 to 19.
    auto values = random_units(images * units, static_cast<std::uint32_t>(images));
    std::set<std::vector<bool>> distinct;
    for (std::size_t unit = 0; unit < units; ++unit) {
      std::vector<bool> pattern;
      for (std::size_t image = 0; image < images; ++image) {
        values[image * units + unit] = values[image * units + unit % 20];
        pattern.push_back(values[image * units + unit] > 0.0F);
      }
      distinct.insert(pattern);
    }
    UnitPatterns patterns(images);
    patterns.add(values);
    EXPECT_EQ(patterns.count_distinct(), distinct.size()) << images;
    distinct.insert(std::vector<bool>(images, false));
    patterns.add_inactive();
    EXPECT_EQ(patterns.count_distinct(), distinct.size()) << images;
  }
}

}  // namespace
}  // namespace zcmpi
