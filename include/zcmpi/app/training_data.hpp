/// \file
/// What a run evolves on: problems, their splits, and the training rows as the evaluator takes them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "zcmpi/app/configuration.hpp"
#include "zcmpi/data/dataset.hpp"
#include "zcmpi/eval/evaluator.hpp"

namespace zcmpi {

struct TrainingData {
  Dataset dataset;
  /// One a problem of the dataset.
  std::vector<Split> splits;
  /// By problem, the table that it was read from; live problems have none.
  std::map<std::string, std::filesystem::path> files;

  [[nodiscard]] std::vector<std::string> problem_names() const;
  /// Digest of a problem as training sees it: its raw data, the terminals' order and transformation, and the split.
  [[nodiscard]] std::map<std::string, std::string> problem_digests() const;
  /// Digest over all problems in order.
  [[nodiscard]] std::uint64_t digest() const;
};

/// Loads the problems named in the configuration and splits them; `live` ones, as they were computed, come after them.
/// Not collective: every rank reads for itself. Throws InputError, also when the training accuracies of each problem
/// are all equal, so that no formula ranks them better than another.
TrainingData load_training_data(const Configuration& configuration, std::span<const Problem> live = {});

/// The split of every problem as JSON: {"space/task": {"train": [rows], "validation": [rows], "test": [rows]}}, rows
/// numbered from 0 in the table's order.
std::string splits_json(const TrainingData& data);

/// The training rows of every problem, in float32.
std::vector<EvaluationProblem> training_problems(const TrainingData& data);

/// Values of a formula on the listed rows of a problem, in float64 by the reference code: what is reported to people.
std::vector<double> reported_values(FormulaView formula, const DatasetProblem& problem,
                                    std::span<const std::uint32_t> rows);
/// A column of numbers at the listed rows.
std::vector<double> take_rows(std::span<const double> column, std::span<const std::uint32_t> rows);

}  // namespace zcmpi
