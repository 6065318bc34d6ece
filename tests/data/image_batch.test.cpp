#include "zcmpi/data/image_batch.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "support.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Two channels of 12 x 12; a pixel tells image, channel, row and column apart within its channel.
ImageSet toy_images(std::size_t count) {
  ImageSet images;
  images.shape = {2, 12, 12};
  images.classes = 3;
  images.normalisation = {{0.25F, 0.5F}, {0.0F, 1.0F}};
  for (std::size_t i = 0; i < count; ++i) {
    images.labels.push_back(static_cast<std::uint8_t>(i % 3));
    for (std::size_t j = 0; j < images.shape.size(); ++j) {
      images.pixels.push_back(static_cast<std::uint8_t>(1 + (j % 144 + i) % 255));
    }
  }
  return images;
}

TEST(ImageBatch, IsNormalisedChannelByChannel) {
  const auto images = toy_images(4);
  const auto batch = make_batch(images, std::vector<std::uint32_t>{2, 0});
  EXPECT_THAT(batch.labels, ElementsAre(2, 0));
  EXPECT_FLOAT_EQ(batch.image(0)[5], (static_cast<float>(images.image(2)[5]) / 255.0F - 0.25F) / 0.5F);
  EXPECT_FLOAT_EQ(batch.image(1)[144 + 5], static_cast<float>(images.image(0)[144 + 5]) / 255.0F);
}

TEST(ImageBatch, AnEpochHasEveryImageOnceInAnOrderOfItsOwn) {
  const auto first = epoch_order(100, 1, 0);
  EXPECT_EQ(std::set(first.begin(), first.end()).size(), 100U);
  EXPECT_EQ(first, epoch_order(100, 1, 0));
  EXPECT_NE(first, epoch_order(100, 1, 1));
  EXPECT_NE(first, epoch_order(100, 2, 0));
}

TEST(ImageBatch, AugmentedImagesAreShiftedUpToFourPixelsAndPaddedByBlack) {
  const auto images = toy_images(1);
  std::set<std::pair<int, int>> shifts;
  std::size_t flips = 0;
  for (std::uint32_t epoch = 0; epoch < 600; ++epoch) {
    const auto batch = make_batch(images, std::vector<std::uint32_t>{0}, Augmentation::crop_and_flip, 1, epoch);
    // The middle of the second channel, which is normalised by 0 and 1, is always inside.
    const auto value_at = [&](int row, int column) {
      return static_cast<int>(std::lround(batch.image(0)[static_cast<std::size_t>(144 + row * 12 + column)] * 255.0F));
    };
    const bool flipped = value_at(5, 6) < value_at(5, 5);
    const int source = value_at(5, 5) - 1;
    const int down = source / 12 - 5;
    const int right = source % 12 - (flipped ? 6 : 5);
    ASSERT_LE(std::abs(down), 4);
    ASSERT_LE(std::abs(right), 4);
    shifts.emplace(down, right);
    flips += flipped ? 1 : 0;
    for (int row = 0; row < 12; ++row) {
      for (int column = 0; column < 12; ++column) {
        const int from_row = row + down;
        const int from_column = (flipped ? 11 - column : column) + right;
        const bool inside = std::min(from_row, from_column) >= 0 && std::max(from_row, from_column) < 12;
        ASSERT_EQ(value_at(row, column), inside ? 1 + from_row * 12 + from_column : 0);
      }
    }
  }
  EXPECT_EQ(shifts.size(), 81U);
  EXPECT_NEAR(static_cast<double>(flips), 300.0, 60.0);
}

TEST(ImageBatch, AnImageIsAugmentedTheSameInEveryBatch) {
  const auto images = toy_images(5);
  const auto alone = make_batch(images, std::vector<std::uint32_t>{3}, Augmentation::crop_and_flip, 9, 2);
  const auto together = make_batch(images, std::vector<std::uint32_t>{1, 3}, Augmentation::crop_and_flip, 9, 2);
  EXPECT_TRUE(std::ranges::equal(alone.image(0), together.image(1)));
}

TEST(ImageBatch, TheFirstBatchIsTheBeginningOfTheFirstEpoch) {
  const auto images = toy_images(8);
  const auto batch = first_batch(images, 8, 5);
  EXPECT_EQ(batch.digest(), make_batch(images, epoch_order(8, 5, 0)).digest());
  EXPECT_NE(batch.digest(), first_batch(images, 8, 6).digest());
  EXPECT_THAT(message_of<InputError>([&] { first_batch(images, 9, 5); }), HasSubstr("only 8 images"));
}

TEST(ImageBatch, RandomImagesAreStandardNormalAndGoByTheSeed) {
  const auto batch = random_batch({3, 16, 16}, 4, 50, 1);
  EXPECT_EQ(batch.labels[7], 3U);
  double sum = 0.0;
  double square_sum = 0.0;
  for (const float x : batch.pixels) {
    sum += x;
    square_sum += double{x} * x;
  }
  const auto n = static_cast<double>(batch.pixels.size());
  EXPECT_NEAR(sum / n, 0.0, 0.02);
  EXPECT_NEAR(square_sum / n, 1.0, 0.03);
  EXPECT_EQ(batch.digest(), random_batch({3, 16, 16}, 4, 50, 1).digest());
  EXPECT_NE(batch.digest(), random_batch({3, 16, 16}, 4, 50, 2).digest());
  EXPECT_TRUE(std::ranges::equal(batch.image(3), random_batch({3, 16, 16}, 4, 4, 1).image(3)));
}

}  // namespace
}  // namespace zcmpi
