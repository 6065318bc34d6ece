/// \file
/// The table that a command with --resume replaces by one that has more, or less.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "zcmpi/data/problem.hpp"

namespace zcmpi {

class EarlierTable {
 public:
  /// There is none.
  EarlierTable() = default;
  /// Reads the table, if it is there. A damaged one counts for none. Throws InputError for one that is not
  /// what a command goes on with, a problem of this space and of this source (the provenance's), and for any other
  /// file.
  EarlierTable(const std::filesystem::path& path, std::string_view source, std::string_view space);

  /// Nothing where there is none, or a damaged one.
  [[nodiscard]] const std::optional<Problem>& problem() const { return problem_; }
  /// Whether it is whole and has graph features alone: nothing of it is in a cache, and all of it can be made again.
  [[nodiscard]] bool has_graph_features_alone() const;

  /// Warns of what it has and the table that replaces it has not, or that it is damaged.
  void warn_of_what_is_left_out_of(const Problem& problem) const;

 private:
  std::optional<Problem> problem_;
  std::string damage_;
};

}  // namespace zcmpi
