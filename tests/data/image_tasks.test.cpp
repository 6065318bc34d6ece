#include <gmock/gmock.h>

#include <algorithm>
#include <array>

#include "support.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/data/images.hpp"

namespace zcmpi {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

/// One image of these pixels, row by row.
ImageSet one_image(std::uint32_t height, std::uint32_t width, std::vector<std::uint8_t> pixels) {
  return {.format = "idx",
          .shape = {1, height, width},
          .classes = 10,
          .normalisation = {{0.5F, 0.25F}},
          .pixels = std::move(pixels),
          .labels = {7}};
}

/// `count` images of two by two pixels; image i holds 4 i to 4 i + 3.
ImageSet counting_images(std::size_t count) {
  ImageSet images{.format = "idx", .shape = {1, 2, 2}, .classes = 10, .normalisation = {{0.5F, 0.25F}}};
  for (std::size_t i = 0; i < 4 * count; ++i) {
    images.pixels.push_back(static_cast<std::uint8_t>(i));
  }
  for (std::size_t i = 0; i < count; ++i) {
    images.labels.push_back(static_cast<std::uint8_t>(i % 10));
  }
  return images;
}

TEST(ResizedImages, HaveTheMeansOfWhatTheirPixelsCover) {
  const auto halved = resized(one_image(2, 4, {0, 10, 20, 30, 2, 12, 22, 33}), 1, 2);
  EXPECT_EQ(halved.shape, (ImageShape{1, 1, 2}));
  EXPECT_THAT(halved.pixels, ElementsAre(6, 26));
  EXPECT_THAT(halved.labels, ElementsAre(7));
}

TEST(ResizedImages, ShareAPixelThatTwoOfTheirsCover) {
  // Of three pixels each of two covers one and a half.
  EXPECT_THAT(resized(one_image(1, 3, {30, 60, 90}), 1, 2).pixels, ElementsAre(40, 80));
}

TEST(ResizedImages, KeepAnEvenImageAsItIs) {
  EXPECT_THAT(resized(one_image(5, 7, std::vector<std::uint8_t>(35, 203)), 3, 2).pixels, Each(203));
}

TEST(ResizedImages, KeepEachChannelApart) {
  ImageSet images{.format = "cifar10",
                  .shape = {3, 2, 2},
                  .classes = 10,
                  .normalisation = {{0.1F, 1.0F}, {0.2F, 1.0F}, {0.3F, 1.0F}},
                  .pixels = {1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3},
                  .labels = {0}};
  const auto small = resized(images, 1, 1);
  EXPECT_THAT(small.pixels, ElementsAre(1, 2, 3));
  EXPECT_EQ(small.normalisation, images.normalisation) << "what the benchmark normalises by stays";
}

TEST(ResizedImages, OfAnIdxFileAreNormalisedByTheirOwnPixels) {
  const auto small = resized(one_image(1, 4, {0, 0, 255, 255}), 1, 2);
  EXPECT_EQ(small.normalisation, (std::vector<Normalisation>{{0.5F, 0.5F}}));
}

TEST(ResizedImages, CannotGrowOrVanish) {
  const auto images = one_image(2, 2, {1, 2, 3, 4});
  for (const auto [height, width] : {std::array{3U, 2U}, std::array{2U, 3U}, std::array{0U, 2U}, std::array{2U, 0U}}) {
    EXPECT_THAT(message_of<InputError>([&] { resized(images, height, width); }), HasSubstr("2 x 2 cannot be brought"));
  }
}

TEST(RotationTask, LabelsAnImageWithItsQuarterTurns) {
  //  0 1        1 3        3 2        2 0
  //  2 3        0 2        1 0        3 1
  const std::array<std::array<int, 4>, 4> turned{{{0, 1, 2, 3}, {1, 3, 0, 2}, {3, 2, 1, 0}, {2, 0, 3, 1}}};
  const auto original = counting_images(50);
  const auto task = rotation_task(original);
  EXPECT_EQ(task.classes, 4U);
  std::array<int, 4> seen{};
  for (std::size_t i = 0; i < task.size(); ++i) {
    ++seen.at(task.labels[i]);
    for (std::size_t pixel = 0; pixel < 4; ++pixel) {
      EXPECT_EQ(task.image(i)[pixel], static_cast<int>(4 * i) + turned.at(task.labels[i]).at(pixel));
    }
  }
  EXPECT_THAT(seen, Each(testing::Gt(3))) << "all turns are drawn";
}

TEST(RotationTask, IsTheSameForASeed) {
  const auto images = counting_images(50);
  EXPECT_EQ(rotation_task(images, 4).digest(), rotation_task(images, 4).digest());
  EXPECT_NE(rotation_task(images, 4).digest(), rotation_task(images, 5).digest());
}

TEST(RotationTask, NeedsSquareImages) {
  EXPECT_THAT(message_of<InputError>([] { rotation_task(one_image(1, 2, {1, 2})); }), HasSubstr("square"));
}

TEST(SampledImages, AreDifferentOnesOfTheSet) {
  const auto some = sampled(counting_images(50), 20, 3);
  ASSERT_EQ(some.size(), 20U);
  std::vector<std::uint8_t> first_pixels;
  for (std::size_t i = 0; i < some.size(); ++i) {
    first_pixels.push_back(some.image(i).front());
    EXPECT_EQ(some.image(i).front() / 4 % 10, some.labels[i]) << "an image keeps its label";
  }
  EXPECT_TRUE(std::ranges::is_sorted(first_pixels));
  EXPECT_EQ(std::ranges::adjacent_find(first_pixels), first_pixels.end());
  EXPECT_NE(sampled(counting_images(50), 20, 4).digest(), some.digest());
  EXPECT_THROW(sampled(counting_images(50), 51), InputError);
}

using TestImages = InFolder;

TEST_F(TestImages, LieBesideTheTrainingPart) {
  const std::string record = std::string(1, '\x03') + std::string(3072, '\x07');
  const auto training = write("data_batch_1.bin", record);
  EXPECT_THAT(message_of<InputError>([&] { read_test_images(folder); }), HasSubstr("no test part"));
  write("test_batch.bin", record + record);
  EXPECT_EQ(read_test_images(folder).size(), 2U);
  EXPECT_EQ(read_test_images(training).size(), 2U);
}

}  // namespace
}  // namespace zcmpi
