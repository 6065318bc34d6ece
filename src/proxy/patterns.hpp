/// \file
/// Patterns of active units: which numbers of a layer are above 0, for each image of a batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace zcmpi {

/// For every pair of images, in how many units they agree: both active or both not. Pairs are compared a word of units
/// at a time.
class PatternAgreement {
 public:
  explicit PatternAgreement(std::size_t images);

  /// Takes in a layer that occurs `times`: one row of units an image.
  void add(std::span<const float> units, std::uint64_t times);
  /// Takes in units that are active for no image.
  void add_inactive(std::uint64_t units) { inactive_ += units; }

  /// images x images numbers, row by row.
  [[nodiscard]] std::vector<double> kernel() const;

 private:
  std::size_t images_;
  std::uint64_t inactive_ = 0;
  std::vector<std::uint64_t> agreements_;
  std::vector<std::uint64_t> words_;
};

/// The patterns of units over the images: how many different ones there are.
class UnitPatterns {
 public:
  explicit UnitPatterns(std::size_t images);

  void add(std::span<const float> units);
  /// Takes in a unit that is active for no image.
  void add_inactive();

  [[nodiscard]] std::size_t count_distinct() const;

 private:
  std::size_t images_;
  std::size_t words_per_unit_;
  std::vector<std::uint64_t> words_;
};

}  // namespace zcmpi
