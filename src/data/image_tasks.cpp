// Other images and other tasks made of given ones.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "image_statistics.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/random.hpp"
#include "zcmpi/data/image_batch.hpp"
#include "zcmpi/data/images.hpp"

namespace zcmpi {
namespace {

/// What one pixel of the result covers of a row or column of the original, in units in which an original pixel is as
/// long as the result has pixels: so all lengths are whole numbers.
struct Cover {
  std::uint32_t first = 0;
  std::vector<std::uint32_t> lengths;
};

std::vector<Cover> covers(std::uint32_t from, std::uint32_t to) {
  std::vector<Cover> result(to);
  for (std::uint32_t i = 0; i < to; ++i) {
    const std::uint32_t start = i * from;
    const std::uint32_t end = start + from;
    result[i].first = start / to;
    for (std::uint32_t pixel = start / to; pixel * to < end; ++pixel) {
      result[i].lengths.push_back(std::min(end, (pixel + 1) * to) - std::max(start, pixel * to));
    }
  }
  return result;
}

std::uint8_t mean_over(std::span<const std::uint8_t> plane, std::uint32_t row_length, const Cover& rows,
                       const Cover& columns, std::uint64_t area) {
  std::uint64_t sum = 0;
  for (std::size_t r = 0; r < rows.lengths.size(); ++r) {
    const std::size_t start = (rows.first + r) * row_length + columns.first;
    for (std::size_t c = 0; c < columns.lengths.size(); ++c) {
      sum += std::uint64_t{rows.lengths[r]} * columns.lengths[c] * plane[start + c];
    }
  }
  return static_cast<std::uint8_t>((sum + area / 2) / area);
}

/// Where the pixel of a turned image comes from. `n` is the length of a side.
std::size_t source_of(std::uint32_t turns, std::size_t row, std::size_t column, std::size_t n) {
  switch (turns) {
    case 0: return row * n + column;
    case 1: return column * n + (n - 1 - row);
    case 2: return (n - 1 - row) * n + (n - 1 - column);
    default: return (n - 1 - column) * n + row;
  }
}

constexpr std::uint32_t quarter_turns = 4;

}  // namespace

ImageSet resized(const ImageSet& images, std::uint32_t height, std::uint32_t width) {
  if (height == 0 || width == 0 || height > images.shape.height || width > images.shape.width) {
    throw InputError(fmt::format(
        "images of {} x {} cannot be brought to {} x {}: expected at least 1 x 1 and no more than they have",
        images.shape.height, images.shape.width, height, width));
  }
  if (height == images.shape.height && width == images.shape.width) {
    return images;
  }
  ImageSet result;
  result.format = images.format;
  result.shape = {images.shape.channels, height, width};
  result.classes = images.classes;
  result.labels = images.labels;
  result.pixels.reserve(images.size() * result.shape.size());
  const auto rows = covers(images.shape.height, height);
  const auto columns = covers(images.shape.width, width);
  const std::size_t plane = std::size_t{images.shape.height} * images.shape.width;
  for (std::size_t start = 0; start < images.pixels.size(); start += plane) {
    for (const Cover& row : rows) {
      for (const Cover& column : columns) {
        result.pixels.push_back(
            mean_over(std::span(images.pixels).subspan(start, plane), images.shape.width, row, column, plane));
      }
    }
  }
  result.normalisation = images.format == "idx" ? std::vector{own_normalisation(result.pixels)} : images.normalisation;
  return result;
}

ImageSet rotation_task(const ImageSet& images, std::uint64_t seed) {
  if (images.shape.height != images.shape.width) {
    throw InputError(
        fmt::format("the task 'rotation' needs square images, these have {} x {}: expected as many rows as "
                    "columns",
                    images.shape.height, images.shape.width));
  }
  ImageSet result = images;
  result.classes = quarter_turns;
  const std::size_t n = images.shape.height;
  for (std::size_t i = 0; i < images.size(); ++i) {
    RandomStream random({.seed = seed, .purpose = Purpose::rotation, .index = static_cast<std::uint32_t>(i)});
    const std::uint32_t turns = random.below(quarter_turns);
    result.labels[i] = static_cast<std::uint8_t>(turns);
    for (std::size_t channel = 0; channel < images.shape.channels; ++channel) {
      const std::size_t start = i * images.shape.size() + channel * n * n;
      for (std::size_t row = 0; row < n; ++row) {
        for (std::size_t column = 0; column < n; ++column) {
          result.pixels[start + row * n + column] = images.pixels[start + source_of(turns, row, column, n)];
        }
      }
    }
  }
  return result;
}

ImageSet sampled(const ImageSet& images, std::size_t count, std::uint64_t seed) {
  if (count > images.size()) {
    throw InputError(fmt::format(
        "{} images were asked for, but there are only {}: ask for fewer, or give a larger file", count, images.size()));
  }
  auto numbers = epoch_order(images.size(), seed, 0);
  numbers.resize(count);
  std::ranges::sort(numbers);
  ImageSet result;
  result.format = images.format;
  result.shape = images.shape;
  result.classes = images.classes;
  result.normalisation = images.normalisation;
  result.pixels.reserve(count * images.shape.size());
  for (const auto number : numbers) {
    const auto image = images.image(number);
    result.pixels.insert(result.pixels.end(), image.begin(), image.end());
    result.labels.push_back(images.labels[number]);
  }
  return result;
}

}  // namespace zcmpi
