/// \file
/// A formula as the objective of a search: what has to be computed of an architecture for it, and its value then.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zcmpi/app/scoring.hpp"
#include "zcmpi/data/problem.hpp"
#include "zcmpi/expr/formula.hpp"
#include "zcmpi/nas/search_space.hpp"
#include "zcmpi/proxy/proxies.hpp"

namespace zcmpi {

/// Whether values for the formula need a network.
bool reads_proxies(const FormulaDefinition& definition);

class FormulaObjective {
 public:
  /// `task` is that of the problem whose architectures are searched; a standardised formula that was evolved on it has
  /// its standards. Throws InputError for a terminal that is neither a proxy nor a graph feature of the space (with
  /// AbsentTerminals::zero it is 0), for a proxy that cannot be computed here, and for a formula that reads nothing.
  FormulaObjective(FormulaDefinition definition, const SearchSpace& space, std::string task);

  [[nodiscard]] const FormulaDefinition& definition() const { return definition_; }
  /// "space/task"
  [[nodiscard]] std::string problem_name() const;
  /// Those that the formula reads.
  [[nodiscard]] std::span<const Proxy> proxies() const { return proxies_; }
  /// What is computed: the names of the proxies, then those of graph features.
  [[nodiscard]] const std::vector<std::string>& terminals() const { return terminals_; }
  /// Terminals of the formula that are 0.
  [[nodiscard]] const std::vector<std::string>& absent_terminals() const { return absent_; }

  /// What is known of these architectures. `proxy_values` has a column for each of proxies(), NaN where there is no
  /// value; graph features are computed.
  [[nodiscard]] Problem make_problem(std::vector<std::string> architectures, std::vector<double> proxy_values) const;

  /// Whether terminals are standardised, and nobody has said by what.
  [[nodiscard]] bool needs_standards() const;
  /// Whether they are, as the run recorded it for this problem.
  [[nodiscard]] bool has_recorded_standards() const { return has_recorded_standards_; }
  /// From now on they are, by the rows of a problem of make_problem.
  void standardise_by(const Problem& problem);

  /// The formula's value of each row of a problem of make_problem, in float64 by the reference code; not finite where
  /// it has none. Requires !needs_standards().
  [[nodiscard]] std::vector<double> values(const Problem& problem) const;

 private:
  void find_terminals();

  FormulaDefinition definition_;
  const SearchSpace& space_;
  std::string task_;
  std::vector<Proxy> proxies_;
  std::vector<std::string> terminals_;
  std::vector<std::string> absent_;
  /// Over terminals_.
  Formula formula_;
  std::optional<std::vector<Standard>> standards_;
  bool has_recorded_standards_ = false;
};

}  // namespace zcmpi
