/// \file
/// What a search has evaluated, and what it leaves of that: text only, who calls writes it.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zcmpi/data/problem.hpp"
#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {

/// Accuracies to compare with, by architecture.
class KnownAccuracies {
 public:
  /// `where` is for the message of the InputError for a problem of other architectures, or without accuracies.
  KnownAccuracies(const Problem& problem, const SearchSpace& space, const std::string& where);

  struct Accuracy {
    /// NaN where it is not known.
    double validation;
    double test;
  };

  [[nodiscard]] const std::string& where() const { return where_; }
  [[nodiscard]] bool has_test() const { return has_test_; }
  [[nodiscard]] std::size_t size() const { return accuracies_.size(); }
  /// Of this architecture or, where it is not known, of one that is the same network.
  [[nodiscard]] Accuracy of(const Architecture& architecture) const;
  /// How many have a higher validation accuracy, and the highest one.
  [[nodiscard]] std::size_t count_above(double validation) const;
  [[nodiscard]] double highest() const;

 private:
  const SearchSpace& space_;
  std::string where_;
  bool has_test_;
  std::vector<Accuracy> accuracies_;
  std::map<Architecture, std::size_t> rows_;
  std::map<Architecture, std::size_t> rows_of_networks_;
};

class SearchRecord {
 public:
  /// `terminals`: what is known of each architecture besides the objective's value. `accuracies`: nullptr where there
  /// are none to compare with. Both objects must outlive this one.
  SearchRecord(const SearchSpace& space, std::vector<std::string> terminals, const KnownAccuracies* accuracies);

  /// The next evaluation: an architecture as its space prints it, its terminals, its value.
  void add(const std::string& architecture, std::span<const double> terminals, double value);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] const std::string& architecture(std::size_t evaluation) const {
    return entries_[evaluation].architecture;
  }
  [[nodiscard]] std::vector<std::string> architectures() const;
  [[nodiscard]] double value(std::size_t evaluation) const { return entries_[evaluation].value; }
  /// The evaluation of the best, the first of equals; nullopt while none has a finite value.
  [[nodiscard]] std::optional<std::size_t> best() const { return best_; }

  /// A line an evaluation, fields quoted as RFC 4180 has it, lines ended by newlines:
  /// evaluation,arch,value,<terminals...>[,val_accuracy[,test_accuracy]].
  [[nodiscard]] std::string history_csv() const;
  /// The best `count` of those that have a finite value, an architecture a line.
  [[nodiscard]] std::string best_list(std::size_t count) const;
  /// The same as a JSON list of {architecture, value, evaluation[, val_accuracy[, test_accuracy]]}.
  [[nodiscard]] std::string best_json(std::size_t count) const;
  /// The same for people, and how the best one's accuracy compares with all that are known. Lines ended by newlines.
  [[nodiscard]] std::string report(std::size_t count) const;

 private:
  struct Entry {
    std::string architecture;
    double value;
    KnownAccuracies::Accuracy accuracy;
  };

  /// The evaluations of the best of those that have a finite value, of equals the earlier one first.
  [[nodiscard]] std::vector<std::size_t> ranking(std::size_t count) const;

  const SearchSpace& space_;
  std::vector<std::string> terminals_;
  const KnownAccuracies* accuracies_;
  std::vector<Entry> entries_;
  /// One evaluation's after the other's.
  std::vector<double> terminal_values_;
  std::optional<std::size_t> best_;
};

}  // namespace zcmpi
