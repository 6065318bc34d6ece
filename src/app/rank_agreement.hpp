/// \file
/// Whether all ranks were started to do the same: a node with an old copy of a table or of a configuration, or a
/// launcher that gave them other options, would make them wait for each other for ever, or each evolve something else.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zcmpi/app/configuration.hpp"
#include "zcmpi/app/training_data.hpp"
#include "zcmpi/island/communicator.hpp"

namespace zcmpi {

/// What has to be the same on every rank, by name.
using SharedFacts = std::map<std::string, std::string>;

/// A fact that is another in two places; "absent" where it is in one of them alone.
struct FactDifference {
  std::string name;
  std::string one;
  std::string other;
};
std::vector<FactDifference> differences(const SharedFacts& one, const SharedFacts& other);

/// All settings, the digest of each problem, and the terminals. Folders are left out: a node may have its tables
/// elsewhere.
SharedFacts shared_facts(const Configuration& configuration, const TrainingData& data);

/// One line that names the first rank whose facts differ from rank 0's, and each difference; nullopt where all are
/// equal.
std::optional<std::string> first_disagreement(std::span<const SharedFacts> facts_of_ranks);

/// Collective. Throws InputError with that line on every rank.
void require_agreement(const Communicator& communicator, const SharedFacts& own);

}  // namespace zcmpi
