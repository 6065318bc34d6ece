/// \file
/// Medians: of few numbers, and of long columns in the registers of the processor.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace zcmpi {

/// Median of `values`, which are not NaN; the mean of the two middle ones for an even number. 0 for none.
double median(std::span<const double> values);

/// The same of columns of single precision, many of them one after the other: keeps its memory.
class ColumnMedian {
 public:
  /// For columns of up to `most` values, which are not NaN.
  explicit ColumnMedian(std::size_t most);

  /// Leaves the values as they are. 0 for none.
  float operator()(std::span<const float> values);
  /// The middle one of the sorted values, or the second of the two middle ones. Requires one value or more.
  float upper_middle(std::span<const float> values);

 private:
  float nth_smallest(std::size_t count, std::size_t nth);

  std::vector<float> left_;
  std::vector<float> right_;
};

}  // namespace zcmpi
