#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/random.hpp"
#include "zcmpi/data/dataset.hpp"

namespace zcmpi {
namespace {

/// How many rows train and how many of the drawn ones are set aside.
struct Counts {
  std::size_t train = 0;
  std::size_t validation = 0;
};

constexpr std::size_t fewest = 2;

/// Throws InputError when the problem has fewer rows than are to train. The advice is about half of them, so that some
/// are left to test on.
void require_enough(const DatasetProblem& problem, std::size_t wanted) {
  const std::size_t size = problem.size();
  if (size < fewest) {
    throw InputError(
        fmt::format("too few architectures to train on ({}): {} {} there, expected at least {}; leave the problem out",
                    problem.name, size, size == 1 ? "is" : "are", fewest));
  }
  if (wanted > size) {
    throw InputError(fmt::format(
        "too few architectures to train on ({}): data.train_architectures = {}, {} are there; {}", problem.name, wanted,
        size,
        size == fewest ? std::string("give it more, or leave the problem out")
                       : fmt::format("--set data.train_architectures={} leaves about half of them to test on",
                                     std::max(fewest, size / 2))));
  }
}

Counts count_rows(const DatasetProblem& problem, const SplitOptions& options) {
  const std::size_t drawn = options.train_architectures.value_or(static_cast<std::uint32_t>(problem.size()));
  require_enough(problem, drawn);
  if (!(options.validation_share >= 0.0 && options.validation_share < 1.0)) {
    throw InputError(fmt::format("the validation share is {}: expected a number from 0 up to but not including 1",
                                 options.validation_share));
  }
  const auto validation =
      static_cast<std::size_t>(std::floor(static_cast<double>(drawn) * options.validation_share + 0.5));
  if (drawn < validation + fewest) {
    throw InputError(fmt::format(
        "too few architectures to train on ({}): {} less {} for validation; expected at least {} to be left",
        problem.name, drawn, validation, fewest));
  }
  // Below that every formula ranks them alike, and the run's choice among its formulas would be none.
  if (options.validation_share > 0.0 && validation < 2) {
    throw InputError(
        fmt::format("too few architectures for validation ({}): a share of {} of {} is {}; expected at least 2, or the "
                    "share 0",
                    problem.name, options.validation_share, drawn, validation));
  }
  return {drawn - validation, validation};
}

RandomStream stream_for(const std::string& problem, std::uint64_t seed) {
  const std::uint64_t digest = digest_text(problem);
  const auto index = static_cast<std::uint32_t>(digest ^ (digest >> 32));
  return RandomStream({.seed = seed, .purpose = Purpose::split, .index = index});
}

}  // namespace

Split make_split(const DatasetProblem& problem, const SplitOptions& options) {
  const Counts counts = count_rows(problem, options);
  std::vector<std::uint32_t> rows(problem.size());
  std::iota(rows.begin(), rows.end(), 0U);
  RandomStream random = stream_for(problem.name, options.seed);
  shuffle(std::span(rows), random);

  // Validation comes first and training ends where the drawn rows end, so that another share leaves the test rows
  // alone.
  const auto first_train = rows.begin() + static_cast<std::ptrdiff_t>(counts.validation);
  const auto first_test = first_train + static_cast<std::ptrdiff_t>(counts.train);
  Split split{{first_train, first_test}, {rows.begin(), first_train}, {first_test, rows.end()}};
  for (auto* part : {&split.train, &split.validation, &split.test}) {
    std::ranges::sort(*part);
  }
  return split;
}

}  // namespace zcmpi
