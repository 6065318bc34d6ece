#include "patterns.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

constexpr std::size_t word_bits = 64;

/// Bit i of the result is whether value i is above 0; at most 64 values.
std::uint64_t pack(const float* values, std::size_t count) {
  std::array<std::uint8_t, word_bits> flags{};
  for (std::size_t i = 0; i < count; ++i) {
    flags[i] = values[i] > 0.0F ? 1 : 0;
  }
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < word_bits / 8; ++i) {
    // The product gathers the lowest bits of eight bytes in the highest byte.
    std::uint64_t eight = 0;
    std::memcpy(&eight, flags.data() + 8 * i, 8);
    word |= ((eight * 0x0102040810204080U) >> 56) << (8 * i);
  }
  return word;
}

}  // namespace

PatternAgreement::PatternAgreement(std::size_t images) : images_(images), agreements_(images * images, 0) {}

void PatternAgreement::add(std::span<const float> units, std::uint64_t times) {
  ZCMPI_EXPECT(images_ > 0 && units.size() % images_ == 0);
  const std::size_t units_per_image = units.size() / images_;
  const std::size_t words_per_image = (units_per_image + word_bits - 1) / word_bits;
  words_.resize(images_ * words_per_image);
  for (std::size_t image = 0; image < images_; ++image) {
    for (std::size_t word = 0; word < words_per_image; ++word) {
      const std::size_t start = word * word_bits;
      words_[image * words_per_image + word] =
          pack(units.data() + image * units_per_image + start, std::min(word_bits, units_per_image - start));
    }
  }
  for (std::size_t i = 0; i < images_; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const std::uint64_t* const a = words_.data() + i * words_per_image;
      const std::uint64_t* const b = words_.data() + j * words_per_image;
      std::uint64_t different = 0;
      for (std::size_t word = 0; word < words_per_image; ++word) {
        different += static_cast<std::uint64_t>(std::popcount(a[word] ^ b[word]));
      }
      agreements_[i * images_ + j] += times * (units_per_image - different);
    }
    agreements_[i * images_ + i] += times * units_per_image;
  }
}

std::vector<double> PatternAgreement::kernel() const {
  std::vector<double> kernel(images_ * images_);
  for (std::size_t i = 0; i < images_; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const auto agreement = static_cast<double>(agreements_[i * images_ + j] + inactive_);
      kernel[i * images_ + j] = agreement;
      kernel[j * images_ + i] = agreement;
    }
  }
  return kernel;
}

UnitPatterns::UnitPatterns(std::size_t images)
    : images_(images), words_per_unit_(std::max<std::size_t>((images + word_bits - 1) / word_bits, 1)) {}

void UnitPatterns::add(std::span<const float> units) {
  ZCMPI_EXPECT(images_ > 0 && units.size() % images_ == 0);
  const std::size_t count = units.size() / images_;
  const std::size_t start = words_.size();
  words_.resize(start + count * words_per_unit_, 0);
  for (std::size_t image = 0; image < images_; ++image) {
    const float* const values = units.data() + image * count;
    std::uint64_t* const words = words_.data() + start + image / word_bits;
    for (std::size_t unit = 0; unit < count; ++unit) {
      words[unit * words_per_unit_] |= std::uint64_t{values[unit] > 0.0F ? 1U : 0U} << (image % word_bits);
    }
  }
}

void UnitPatterns::add_inactive() { words_.resize(words_.size() + words_per_unit_, 0); }

std::size_t UnitPatterns::count_distinct() const {
  if (words_per_unit_ == 1) {
    auto sorted = words_;
    std::ranges::sort(sorted);
    return static_cast<std::size_t>(std::unique(sorted.begin(), sorted.end()) - sorted.begin());
  }
  const auto unit_at = [&](std::size_t start) { return std::span(words_).subspan(start, words_per_unit_); };
  std::vector<std::size_t> starts;
  for (std::size_t start = 0; start < words_.size(); start += words_per_unit_) {
    starts.push_back(start);
  }
  std::ranges::sort(starts, [&](std::size_t a, std::size_t b) {
    return std::ranges::lexicographical_compare(unit_at(a), unit_at(b));
  });
  const auto last = std::unique(starts.begin(), starts.end(), [&](std::size_t a, std::size_t b) {
    return std::ranges::equal(unit_at(a), unit_at(b));
  });
  return static_cast<std::size_t>(last - starts.begin());
}

}  // namespace zcmpi
