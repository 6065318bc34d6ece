/// \file
/// Counter-based random numbers (Philox4x32-10; Salmon et al., SC 2011).
///
/// A stream is a pure function of its key: (seed, island, generation, purpose, index). There is no generator state to
/// save, to share or to lose: whoever needs numbers builds the stream for what they are needed for, on any rank.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "zcmpi/core/error.hpp"

namespace zcmpi {

/// What a stream's numbers are used for. Part of the key, so that two uses never share numbers. The values are part of
/// the definition of a run: append, never renumber.
enum class Purpose : std::uint8_t {
  split = 1,
  initialisation = 2,
  selection = 3,
  variation = 4,
  emigration = 5,
  replacement = 6,
  constant_tuning = 7,
  bootstrap = 8,
  survival = 9,
  /// Which images a batch has, or random images themselves.
  images = 10,
  augmentation = 11,
  /// Initial weights of networks.
  weights = 12,
  /// Random inputs and output gradients that zero-cost proxies are computed with.
  proxy = 13,
  /// How an image is turned.
  rotation = 14,
  /// Which architectures are drawn from a space.
  architectures = 15,
  /// Which architectures a search evaluates; the index is the number of the evaluation.
  search = 16,
  test = 255,
};

/// The key of a stream. `island` uses 24 bits.
struct StreamKey {
  std::uint64_t seed = 0;
  std::uint32_t island = 0;
  std::uint32_t generation = 0;
  Purpose purpose = Purpose::test;
  std::uint32_t index = 0;
};

/// A cheap value type: 2^34 numbers of 32 bits per key.
class RandomStream {
 public:
  explicit RandomStream(const StreamKey& key);

  /// Uniform over all 32-bit words.
  std::uint32_t next_word() {
    if (left_ == 0) {
      refill();
    }
    return words_[words_.size() - left_--];
  }
  /// Uniform over [0, bound), without bias. Requires bound > 0.
  std::uint32_t below(std::uint32_t bound) {
    ZCMPI_EXPECT(bound > 0);
    // Lemire's multiply-shift: the low word tells the few draws that would bias the result.
    std::uint64_t product = std::uint64_t{next_word()} * bound;
    if (static_cast<std::uint32_t>(product) < bound) {
      const std::uint32_t threshold = (0U - bound) % bound;
      while (static_cast<std::uint32_t>(product) < threshold) {
        product = std::uint64_t{next_word()} * bound;
      }
    }
    return static_cast<std::uint32_t>(product >> 32);
  }
  /// Uniform over [0, 1), 53 random bits.
  double uniform();
  /// True with the given probability (<= 0: never, >= 1: always), to 32 bits.
  bool chance(double probability) { return static_cast<double>(next_word()) * 0x1p-32 < probability; }
  /// Standard normal (polar method with the project's own logarithm, so the same bits everywhere).
  double normal() { return two_normals().first; }
  /// Two of them, independent, in the time of one.
  std::pair<double, double> two_normals();

 private:
  void refill();

  std::array<std::uint32_t, 2> key_{};
  std::array<std::uint32_t, 4> counter_{};
  /// Eight blocks.
  std::array<std::uint32_t, 32> words_{};
  std::size_t left_ = 0;
};

/// Fisher-Yates shuffle of `items`.
template <class T>
void shuffle(std::span<T> items, RandomStream& random) {
  for (std::size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[random.below(static_cast<std::uint32_t>(i))]);
  }
}

}  // namespace zcmpi
