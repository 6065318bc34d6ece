/// \file
/// Parent selection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "zcmpi/core/random.hpp"
#include "zcmpi/gp/parameters.hpp"
#include "zcmpi/gp/population.hpp"

namespace zcmpi {

/// Best of `size` members drawn with replacement.
std::size_t select_by_tournament(const Population& population, std::size_t size, RandomStream& random);

/// Epsilon-lexicase selection over a fixed population, with the scores as cases (La Cava, Spector, Danai 2016,
/// semi-dynamic: a case's epsilon is the median absolute deviation of its scores over the whole population, its best
/// score that of the candidates left).
///
/// An order of the cases leaves the candidates that each case in turn keeps, those within epsilon of the best; one of
/// them is drawn. Members with the same scores stay or go together and count as one candidate, which stands for the
/// shortest of them: a population may be mostly copies of one formula.
///
/// For each draw any order is as likely as any other, but the draws of a generation share some orders, or all where
/// there are few, so that what an order leaves is found once. Whether scores, which are correlations, are within
/// epsilon is told in whole `steps`, so that a register holds many; a step is less than what one pair of 100
/// architectures counts in Kendall's tau.
class LexicaseSelector {
 public:
  /// Between a score of 0 and one of 1.
  static constexpr int steps = 16383;
  /// Of the cases, in a generation.
  static constexpr std::size_t most_orders = 128;

  LexicaseSelector(std::size_t population, std::size_t cases);

  /// Once a generation. Takes all orders, or draws some. Requires scores from -1 to 1.
  void prepare(const Population& population, RandomStream& random);

  /// Draws a member.
  std::size_t select(RandomStream& random) const;

  /// For tests: a case's epsilon, in steps.
  [[nodiscard]] int epsilon(std::size_t which) const { return epsilons_[which]; }

 private:
  /// Members with the same scores.
  struct Group {
    std::uint32_t representative = 0;
    /// Those with the fewest nodes: how many nodes, and where they are in shortest_members_.
    std::size_t shortest = 0;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  static constexpr std::uint32_t no_group = ~0U;

  [[nodiscard]] std::span<const std::int16_t> codes_of(std::size_t member) const {
    return std::span(member_codes_).subspan(member * cases_, cases_);
  }
  void find_groups(const Population& population);
  [[nodiscard]] std::int16_t find_epsilon(std::size_t which, std::size_t members);
  void lay_out_codes();
  void add_what_is_left(std::span<const std::uint32_t> order);

  std::size_t cases_;
  /// A row of all cases' scores for each member, in steps from 1.
  std::vector<std::int16_t> member_codes_;
  std::vector<std::int16_t> column_;
  std::vector<std::int16_t> epsilons_;
  std::vector<Group> groups_;
  /// Groups by the digest of their scores, open addressing.
  std::vector<std::uint32_t> table_;
  std::vector<std::uint32_t> group_of_;
  std::vector<std::uint32_t> shortest_members_;
  /// A row of all groups' codes for each case: `stride_` of them, whole registers, zeros behind the last group.
  std::vector<std::int16_t> codes_;
  std::size_t stride_ = 0;
  /// The best code of each case.
  std::vector<std::int16_t> bests_;
  std::vector<std::uint32_t> order_;
  /// For each register of a row the mask of the groups that are left.
  std::vector<std::byte> marks_;
  /// The groups that each order leaves, one order after the other, and where those of each order end.
  std::vector<std::uint32_t> left_;
  std::vector<std::size_t> left_ends_;
};

}  // namespace zcmpi
