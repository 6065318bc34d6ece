/// \file
/// The table that a command with --resume replaces by one that has more, or less.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "zcmpi/data/problem.hpp"

namespace zcmpi {

class EarlierTable {
 public:
  /// There is none.
  EarlierTable() = default;
  /// Reads the table, if it is there and whole. Throws InputError for a file that is something else, or of a newer
  /// zcmpi.
  explicit EarlierTable(const std::filesystem::path& path);

  /// Whether it is whole, and made by `zcmpi features` of graph features of this space alone: nothing of it is in a
  /// cache, and all of it can be made again.
  [[nodiscard]] bool has_graph_features_alone(std::string_view space) const;

  /// Warns of what it has and the table that replaces it has not.
  void warn_of_what_is_left_out_of(const Problem& problem) const;

 private:
  std::vector<Problem> problems_;
};

}  // namespace zcmpi
