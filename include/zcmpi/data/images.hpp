/// \file
/// Labelled images as they lie in their files, and reading them: CIFAR-10 and CIFAR-100 in their binary format, MNIST
/// and what is written like it (Fashion-MNIST) in IDX files, plain or gzipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace zcmpi {

/// Size of one image, in numbers: channels x rows x columns, one channel after the other, row by row.
struct ImageShape {
  std::uint32_t channels = 3;
  std::uint32_t height = 32;
  std::uint32_t width = 32;

  [[nodiscard]] std::size_t size() const { return std::size_t{channels} * height * width; }
  friend bool operator==(const ImageShape&, const ImageShape&) = default;
};

/// What is subtracted from a channel, and what the difference is divided by, when values lie between 0 and 1.
struct Normalisation {
  float mean = 0.0F;
  float deviation = 1.0F;
  friend bool operator==(const Normalisation&, const Normalisation&) = default;
};

struct ImageSet {
  /// "cifar10", "cifar100" or "idx".
  std::string format;
  ImageShape shape;
  std::uint32_t classes = 0;
  /// One a channel: for CIFAR what the benchmarks normalise with, else the images' own mean and deviation.
  std::vector<Normalisation> normalisation;
  /// size() images of shape.size() bytes.
  std::vector<std::uint8_t> pixels{};
  /// size() numbers below `classes`.
  std::vector<std::uint8_t> labels{};

  [[nodiscard]] std::size_t size() const { return labels.size(); }
  [[nodiscard]] std::span<const std::uint8_t> image(std::size_t i) const {
    return std::span(pixels).subspan(i * shape.size(), shape.size());
  }
  /// Digest of all that can change a result: shape, classes, normalisation, pixels and labels.
  [[nodiscard]] std::uint64_t digest() const;
};

/// The images at another resolution: each pixel is the mean over the area that it covers, rounded to the nearest byte.
/// An idx set is normalised anew by its own pixels. Throws InputError when a size is 0 or larger than the images have.
ImageSet resized(const ImageSet& images, std::uint32_t height, std::uint32_t width);

/// A task of four classes: image i is turned counterclockwise by a number of quarter turns that is drawn for it from
/// the seed and is its label. Throws InputError when the images are not square.
ImageSet rotation_task(const ImageSet& images, std::uint64_t seed = 1);

/// `count` images, drawn without replacement, in the order in which they come; each seed draws others. Normalisation
/// stays that of the whole. Throws InputError when there are not so many.
ImageSet sampled(const ImageSet& images, std::size_t count, std::uint64_t seed = 1);

/// Reads images from
/// - a CIFAR file: records of 3,073 bytes (label, image) or 3,074 (coarse label, fine label, image);
/// - an IDX file of images, `...images-idx3-ubyte`, with or without .gz, whose labels lie beside it under the name with
///   `labels-idx1` in it;
/// - a folder with the training part of one of these under its own names: data_batch_1.bin to data_batch_5.bin,
///   train.bin, or train-images-idx3-ubyte.
/// Throws InputError that names the file for everything else, and for files that are damaged or cut short.
ImageSet read_images(const std::filesystem::path& path);

/// Reads the test part that belongs to a training part: test_batch.bin, test.bin or t10k-images-idx3-ubyte in a folder
/// or beside the training part's file. Throws InputError when there is none.
ImageSet read_test_images(const std::filesystem::path& path);

}  // namespace zcmpi
