/// \file
/// Parent selection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "zcmpi/core/random.hpp"
#include "zcmpi/gp/median.hpp"
#include "zcmpi/gp/parameters.hpp"
#include "zcmpi/gp/population.hpp"

namespace zcmpi {

/// Best of `size` members drawn with replacement.
std::size_t select_by_tournament(const Population& population, std::size_t size, RandomStream& random);

/// Epsilon-lexicase selection over a fixed population, with the scores as cases (La Cava, Spector, Danai 2016,
/// semi-dynamic: a case's epsilon is the median absolute deviation of its scores over the whole population, its best
/// score that of the candidates left).
///
/// `prepare` is called once a generation; `select` then takes the cases in random order, keeping the candidates within
/// epsilon of the best, and draws among those that are left. Members with the same scores stay or go together and count
/// as one candidate, which stands for the shortest of them: a population may be mostly copies of one formula. What the
/// first two cases leave of the whole population is computed once for all draws that begin with them. Scores are taken
/// as float32.
class LexicaseSelector {
 public:
  LexicaseSelector(std::size_t population, std::size_t cases);

  void prepare(const Population& population);

  /// A member to be drawn with numbers of `random`.
  struct Draw {
    RandomStream* random = nullptr;
    std::size_t selected = 0;
  };
  /// The more at once, the less time they take: those whose orders begin alike follow each other. A draw is the same
  /// whatever else is drawn with it: of its stream it takes an order of cases, and a number for the choice among what
  /// they leave.
  void select(std::span<Draw> draws);
  std::size_t select(RandomStream& random) {
    Draw draw{&random};
    select({&draw, 1});
    return draw.selected;
  }

  /// For tests: a case's epsilon.
  [[nodiscard]] float epsilon(std::size_t which) const { return epsilons_[which]; }

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

  void find_groups(const Population& population);
  void find_epsilon(const Population& population, std::size_t which);

  /// What the first cases leave: groups in survivors_; in scores_ the best score of each case, padded to whole
  /// registers, and then a row of `stride` scores a case, the same. Not there while `count` is 0.
  struct Stage {
    std::size_t first_survivor = 0;
    std::size_t count = 0;
    std::size_t stride = 0;
    std::size_t first_score = 0;
  };
  Stage add_stage(std::size_t most);
  Stage stage_of_all(const Population& population);
  Stage keep(const Stage& before, std::size_t which);
  void finish_stage(const Stage& stage);
  [[nodiscard]] float* bests(const Stage& stage) { return scores_.data() + stage.first_score; }
  [[nodiscard]] float* row(const Stage& stage, std::size_t which) {
    return bests(stage) + row_offset_ + which * stage.stride;
  }
  const Stage& after_two_cases(std::size_t first, std::size_t second);

  /// A draw under way: what of a stage the cases so far have left, and the best score of the next case among that.
  struct Remainder {
    std::uint32_t number = 0;
    Stage stage;
    /// Where its penalties are: of each group of the stage 0, or `dropped`.
    std::size_t penalties = 0;
    float best = 0.0F;
  };
  /// Draws that take their cases in step.
  static constexpr std::size_t in_step = 8;
  void sort_by_stage(std::size_t draw_count);
  void take_cases(std::span<const std::uint32_t> draws);
  Remainder begin_draw(std::uint32_t number);
  void take_case(Remainder& draw, std::size_t number);
  std::size_t choose(const Remainder& draw, std::uint32_t choice);

  std::size_t cases_;
  std::vector<float> epsilons_;
  std::vector<float> column_;
  ColumnMedian median_;
  std::vector<Group> groups_;
  /// Groups by the digest of their scores, open addressing.
  std::vector<std::uint32_t> table_;
  std::vector<std::uint32_t> group_of_;
  std::vector<std::uint32_t> shortest_members_;
  /// Before the first case.
  Stage all_;
  /// Of each draw's cases those that are known in stages.
  std::size_t cases_taken_;
  /// By the first case; by the first case and the second, where so many draws begin with them that it pays.
  std::vector<Stage> after_one_;
  std::vector<Stage> after_two_;
  std::vector<std::uint32_t> survivors_;
  std::vector<float> scores_;
  std::size_t survivors_used_ = 0;
  std::size_t scores_used_ = 0;
  /// Of a stage's rows from its first score.
  std::size_t row_offset_;
  /// Those of each register that a case keeps.
  std::vector<unsigned> kept_;
  std::vector<Remainder> under_way_;
  /// Of cases, one order a draw; and the numbers for the last choice.
  std::vector<std::uint32_t> orders_;
  std::vector<std::uint32_t> choices_;
  std::vector<std::uint32_t> sorted_;
  std::vector<std::uint32_t> stage_ends_;
  std::vector<float> penalties_;
};

}  // namespace zcmpi
