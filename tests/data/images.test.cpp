#include "zcmpi/data/images.hpp"

#include <gmock/gmock.h>
#include <zlib.h>

#include <algorithm>

#include "support.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Images : public InFolder {
 protected:
  /// A record whose pixels are all `pixel`.
  static std::string cifar_record(std::string labels, char pixel) { return labels + std::string(3072, pixel); }

  static std::string big_endian(std::uint32_t number) {
    return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
            static_cast<char>(number)};
  }
  static std::string idx_images(std::uint32_t count, std::uint32_t height, std::uint32_t width) {
    std::string file = big_endian(0x803) + big_endian(count) + big_endian(height) + big_endian(width);
    for (std::uint32_t i = 0; i < count * height * width; ++i) {
      file += static_cast<char>(i);
    }
    return file;
  }
  static std::string idx_labels(const std::string& labels) {
    return big_endian(0x801) + big_endian(static_cast<std::uint32_t>(labels.size())) + labels;
  }

  std::filesystem::path write_gzipped(const std::string& name, const std::string& content) const {
    const gzFile file = gzopen((folder / name).c_str(), "wb");
    gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
    gzclose(file);
    return folder / name;
  }

  static std::string refusal(const std::filesystem::path& path) {
    auto message = message_of<InputError>([&] { read_images(path); });
    EXPECT_EQ(std::ranges::count(message, '\n'), 0) << message;
    return message;
  }
};

TEST_F(Images, Cifar10RecordsAreALabelAndThreePlanes) {
  const auto images = read_images(write("a.bin", cifar_record("\x03", '\x07') + cifar_record("\x09", '\xff')));
  EXPECT_EQ(images.format, "cifar10");
  EXPECT_EQ(images.classes, 10U);
  EXPECT_EQ(images.shape, (ImageShape{3, 32, 32}));
  EXPECT_THAT(images.labels, ElementsAre(3, 9));
  EXPECT_EQ(images.image(0).back(), 7);
  EXPECT_EQ(images.image(1).front(), 255);
  EXPECT_EQ(images.normalisation.size(), 3U);
}

TEST_F(Images, OfCifar10MayBeginLikeAnIdxFile) {
  auto record = cifar_record(std::string(1, '\0'), '\x05');
  record.replace(0, 4, big_endian(0x803));
  const auto images = read_images(write("a.bin", record + cifar_record("\x02", '\x01')));
  EXPECT_EQ(images.format, "cifar10");
  EXPECT_THAT(images.labels, ElementsAre(0, 2));
}

TEST_F(Images, Cifar100TakesTheFineLabel) {
  const auto images = read_images(write("a.bin", cifar_record("\x13\x63", '\x01')));
  EXPECT_EQ(images.format, "cifar100");
  EXPECT_EQ(images.classes, 100U);
  EXPECT_THAT(images.labels, ElementsAre(99));
}

TEST_F(Images, AFolderOfCifar10HasItsFiveBatchesInOrder) {
  for (int batch = 1; batch <= 5; ++batch) {
    write("data_batch_" + std::to_string(batch) + ".bin", cifar_record({static_cast<char>(batch)}, 'x'));
  }
  EXPECT_THAT(read_images(folder).labels, ElementsAre(1, 2, 3, 4, 5));
  std::filesystem::remove(folder / "data_batch_4.bin");
  EXPECT_THAT(refusal(folder), HasSubstr("lacks data_batch_4.bin"));
}

TEST_F(Images, IdxImagesTakeTheLabelsBesideThem) {
  const auto path = write("toy-images-idx3-ubyte", idx_images(3, 2, 4));
  write("toy-labels-idx1-ubyte", idx_labels(std::string("\x01\x00\x05", 3)));
  const auto images = read_images(path);
  EXPECT_EQ(images.shape, (ImageShape{1, 2, 4}));
  EXPECT_THAT(images.labels, ElementsAre(1, 0, 5));
  EXPECT_EQ(images.classes, 6U);
  EXPECT_THAT(images.image(1), ElementsAre(8, 9, 10, 11, 12, 13, 14, 15));
  // The numbers 0 to 23 have mean 11.5 and variance (24^2 - 1) / 12.
  EXPECT_FLOAT_EQ(images.normalisation[0].mean, 11.5F / 255.0F);
  EXPECT_FLOAT_EQ(images.normalisation[0].deviation, std::sqrt(575.0F / 12.0F) / 255.0F);
}

TEST_F(Images, GzippedFilesAreTheSameImages) {
  const auto plain = write("toy-images-idx3-ubyte", idx_images(2, 3, 3));
  write("toy-labels-idx1-ubyte", idx_labels(std::string("\x00\x01", 2)));
  const auto zipped = write_gzipped("train-images-idx3-ubyte.gz", idx_images(2, 3, 3));
  write_gzipped("train-labels-idx1-ubyte.gz", idx_labels(std::string("\x00\x01", 2)));
  EXPECT_EQ(read_images(zipped).digest(), read_images(plain).digest());
  EXPECT_EQ(read_images(folder).digest(), read_images(plain).digest());
}

TEST_F(Images, IdxFilesMayHaveADotInTheirNames) {
  const auto path = write("train-images.idx3-ubyte", idx_images(2, 3, 3));
  write("train-labels.idx1-ubyte", idx_labels(std::string("\x00\x01", 2)));
  EXPECT_THAT(read_images(path).labels, ElementsAre(0, 1));
  EXPECT_EQ(read_images(folder).digest(), read_images(path).digest());
}

TEST_F(Images, TheDigestTellsPixelsAndLabelsApart) {
  const auto images = read_images(write("a.bin", cifar_record("\x03", '\x07')));
  auto other = images;
  other.pixels.back() ^= 1U;
  EXPECT_NE(other.digest(), images.digest());
  other = images;
  other.labels[0] = 4;
  EXPECT_NE(other.digest(), images.digest());
}

TEST_F(Images, BadFilesAreRefusedInOneLineThatNamesThem) {
  EXPECT_THAT(refusal(folder / "nowhere"), HasSubstr("nowhere"));
  EXPECT_THAT(refusal(folder), HasSubstr("no images that zcmpi knows"));
  EXPECT_THAT(refusal(write("short.bin", std::string(3072, 'x'))), HasSubstr("3072 bytes"));
  EXPECT_THAT(refusal(write("empty.bin", "")), HasSubstr("0 bytes"));
  EXPECT_THAT(refusal(write("label.bin", cifar_record("\x01", 'x') + cifar_record("\x0a", 'x'))),
              HasSubstr("record 2 has a label that is not of cifar10"));
  EXPECT_THAT(refusal(write("coarse.bin", cifar_record("\x14\x01", 'x'))), HasSubstr("cifar100"));

  const auto labels = idx_labels(std::string("\x00\x01", 2));
  const auto whole = idx_images(2, 3, 3);
  EXPECT_THAT(refusal(write("unnamed", whole)), HasSubstr("images-idx3"));
  EXPECT_THAT(refusal(write("a-images-idx3-ubyte", whole)), HasSubstr("a-labels-idx1-ubyte"));
  write("b-labels-idx1-ubyte", labels);
  EXPECT_THAT(refusal(write("b-images-idx3-ubyte", whole.substr(0, 30))), HasSubstr("promises 34"));
  EXPECT_THAT(refusal(write("b-images-idx3-ubyte", whole.substr(0, 10))), HasSubstr("cut short"));
  EXPECT_THAT(refusal(write("b-images-idx3-ubyte", idx_images(3, 3, 3))), HasSubstr("2 labels for 3 images"));
  write("b-labels-idx1-ubyte", whole);
  EXPECT_THAT(refusal(write("b-images-idx3-ubyte", whole)), HasSubstr("b-labels-idx1-ubyte"));
  write("z-labels-idx1-ubyte", idx_labels(""));
  EXPECT_THAT(refusal(write("z-images-idx3-ubyte", idx_images(0, 3, 3))), HasSubstr("no image"));
}

TEST_F(Images, ASizeThatOverflowsIsRefused) {
  write("a-labels-idx1-ubyte", idx_labels("x"));
  const auto header = big_endian(0x803) + std::string(12, '\xff');
  EXPECT_THAT(refusal(write("a-images-idx3-ubyte", header)), HasSubstr("damaged"));
}

TEST_F(Images, AGzippedFileCutShortIsRefused) {
  const auto path = write_gzipped("a-images-idx3-ubyte.gz", idx_images(200, 9, 9));
  const auto size = std::filesystem::file_size(path);
  for (const auto kept : {size - 1, size / 2, std::uintmax_t{20}}) {
    std::filesystem::resize_file(path, kept);
    EXPECT_THAT(refusal(path), HasSubstr("cannot decompress the file (" + path.string())) << kept;
  }
}

TEST_F(Images, RealCifar10HasOneImageAClassInEveryTen) {
  ZCMPI_SKIP_WITHOUT_REAL_DATA();
  const auto images = read_images(real_data_folder() / "cifar10_train_2000.bin");
  ASSERT_EQ(images.size(), 2000U);
  std::vector<std::uint8_t> labels(images.labels.begin(), images.labels.begin() + 10);
  std::ranges::sort(labels);
  EXPECT_THAT(labels, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST_F(Images, FashionMnistOfTheDistributionIsRead) {
  const std::filesystem::path installed = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(installed)) {
    GTEST_SKIP() << "Debian's dataset-fashion-mnist is not installed";
  }
  const auto images = read_images(installed);
  EXPECT_EQ(images.size(), 60'000U);
  EXPECT_EQ(images.classes, 10U);
  EXPECT_EQ(std::ranges::count(images.labels, 9), 6'000);
  EXPECT_NEAR(images.normalisation[0].mean, 0.2860, 5e-5);
  EXPECT_NEAR(images.normalisation[0].deviation, 0.3530, 5e-5);
}

}  // namespace
}  // namespace zcmpi
