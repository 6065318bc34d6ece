/// \file
/// Counting inversions while sorting, for Knight's tau and the bootstrap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace zcmpi::detail {

/// Merges the sorted halves [begin, middle) and [middle, end) of `from` into `to`; returns the pairs (left, right) with
/// left > right.
template <class T>
std::int64_t merge_counting(const T* from, T* to, std::size_t begin, std::size_t middle, std::size_t end) {
  std::int64_t inversions = 0;
  std::size_t left = begin;
  std::size_t right = middle;
  for (std::size_t out = begin; out < end; ++out) {
    if (right == end || (left < middle && !(from[right] < from[left]))) {
      to[out] = from[left++];
    } else {
      inversions += static_cast<std::int64_t>(middle - left);
      to[out] = from[right++];
    }
  }
  return inversions;
}

/// Number of pairs i < j with items[i] > items[j]. Sorts `items`; `scratch` has its size.
template <class T>
std::int64_t sort_counting_inversions(std::span<T> items, std::span<T> scratch) {
  const std::size_t n = items.size();
  std::int64_t inversions = 0;
  T* from = items.data();
  T* to = scratch.data();
  for (std::size_t width = 1; width < n; width *= 2) {
    for (std::size_t begin = 0; begin < n; begin += 2 * width) {
      const std::size_t middle = begin + width < n ? begin + width : n;
      const std::size_t end = middle + width < n ? middle + width : n;
      inversions += merge_counting(from, to, begin, middle, end);
    }
    std::swap(from, to);
  }
  if (from != items.data()) {
    for (std::size_t i = 0; i < n; ++i) {
      items[i] = from[i];
    }
  }
  return inversions;
}

/// Pairs of equal neighbours in runs: the sum of k (k - 1) / 2 over runs of k equal items.
template <class Equal>
std::int64_t count_tied_pairs(std::size_t n, Equal equal) {
  std::int64_t pairs = 0;
  std::int64_t before = 0;
  for (std::size_t i = 1; i < n; ++i) {
    before = equal(i - 1, i) ? before + 1 : 0;
    pairs += before;
  }
  return pairs;
}

}  // namespace zcmpi::detail
