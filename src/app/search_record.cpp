#include "search_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "architecture_list.hpp"
#include "json_number.hpp"
#include "text_layout.hpp"
#include "zcmpi/nas/search.hpp"

namespace zcmpi {
namespace {

using Json = nlohmann::ordered_json;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

}  // namespace

KnownAccuracies::KnownAccuracies(const Problem& problem, const SearchSpace& space, const std::string& where)
    : space_(space), where_(where), has_test_(!problem.test_accuracy.empty()) {
  const auto validation = problem.accuracies(Target::val_accuracy);
  // Names the row that is none of the space.
  static_cast<void>(list_architectures(space, problem, where));
  for (std::size_t row = 0; row < problem.size(); ++row) {
    const auto architecture = space.parse(problem.architectures[row]);
    accuracies_.push_back({validation[row], has_test_ ? problem.test_accuracy[row] : none});
    rows_.emplace(architecture, row);
    rows_of_networks_.emplace(space.canonical(architecture), row);
  }
}

KnownAccuracies::Accuracy KnownAccuracies::of(const Architecture& architecture) const {
  if (const auto found = rows_.find(architecture); found != rows_.end()) {
    return accuracies_[found->second];
  }
  const auto found = rows_of_networks_.find(space_.canonical(architecture));
  return found == rows_of_networks_.end() ? Accuracy{none, none} : accuracies_[found->second];
}

std::size_t KnownAccuracies::count_above(double validation) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(accuracies_, [&](const Accuracy& other) { return other.validation > validation; }));
}

double KnownAccuracies::highest() const {
  return std::ranges::max_element(accuracies_, {}, &Accuracy::validation)->validation;
}

SearchRecord::SearchRecord(const SearchSpace& space, std::vector<std::string> terminals,
                           const KnownAccuracies* accuracies)
    : space_(space), terminals_(std::move(terminals)), accuracies_(accuracies) {}

void SearchRecord::add(const std::string& architecture, std::span<const double> terminals, double value) {
  const auto accuracy =
      accuracies_ == nullptr ? KnownAccuracies::Accuracy{none, none} : accuracies_->of(space_.parse(architecture));
  if (std::isfinite(value) && (!best_ || is_better(value, entries_[*best_].value))) {
    best_ = entries_.size();
  }
  entries_.push_back({architecture, value, accuracy});
  terminal_values_.insert(terminal_values_.end(), terminals.begin(), terminals.end());
}

std::vector<std::string> SearchRecord::architectures() const {
  std::vector<std::string> all;
  std::ranges::transform(entries_, std::back_inserter(all), &Entry::architecture);
  return all;
}

std::vector<std::size_t> SearchRecord::ranking(std::size_t count) const {
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < entries_.size(); ++place) {
    if (std::isfinite(value(place))) {
      places.push_back(place);
    }
  }
  std::ranges::stable_sort(places, [&](std::size_t a, std::size_t b) { return is_better(value(a), value(b)); });
  places.resize(std::min(places.size(), count));
  return places;
}

std::string SearchRecord::history_csv() const {
  std::string text = "evaluation,arch,value";
  const auto add_field = [&](const auto& field) { fmt::format_to(std::back_inserter(text), ",{}", csv_field(field)); };
  std::ranges::for_each(terminals_, add_field);
  const bool has_accuracies = accuracies_ != nullptr;
  const bool has_test = has_accuracies && accuracies_->has_test();
  text += has_accuracies ? ",val_accuracy" : "";
  text += has_test ? ",test_accuracy\n" : "\n";
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    text += fmt::format("{},{},{}", i + 1, csv_field(entry.architecture), csv_field(entry.value));
    std::ranges::for_each(std::span(terminal_values_).subspan(i * terminals_.size(), terminals_.size()), add_field);
    if (has_accuracies) {
      add_field(entry.accuracy.validation);
    }
    if (has_test) {
      add_field(entry.accuracy.test);
    }
    text += "\n";
  }
  return text;
}

std::string SearchRecord::best_list(std::size_t count) const {
  std::string text = "# The best first; --archs takes this file.\n";
  for (const std::size_t place : ranking(count)) {
    text += architecture(place) + "\n";
  }
  return text;
}

std::string SearchRecord::best_json(std::size_t count) const {
  auto list = Json::array();
  for (const std::size_t place : ranking(count)) {
    const Entry& entry = entries_[place];
    Json one{{"architecture", entry.architecture}, {"value", entry.value}, {"evaluation", place + 1}};
    if (accuracies_ != nullptr) {
      one["val_accuracy"] = number_or_null(entry.accuracy.validation);
      if (accuracies_->has_test()) {
        one["test_accuracy"] = number_or_null(entry.accuracy.test);
      }
    }
    list.push_back(std::move(one));
  }
  return list.dump();
}

std::string SearchRecord::report(std::size_t count) const {
  if (!best_) {
    return "";
  }
  const bool has_accuracies = accuracies_ != nullptr;
  std::vector<std::vector<std::string>> rows{{"value", "evaluation", "architecture"}};
  std::vector<Align> alignment{Align::right, Align::right, Align::left};
  if (has_accuracies) {
    rows.front().insert(rows.front().begin() + 2, "val_accuracy");
    alignment.insert(alignment.begin() + 2, Align::right);
  }
  for (const std::size_t place : ranking(count)) {
    const Entry& entry = entries_[place];
    rows.push_back({fmt::format("{:.6g}", entry.value), fmt::format("{}", place + 1), entry.architecture});
    if (has_accuracies) {
      rows.back().insert(rows.back().begin() + 2, std::isfinite(entry.accuracy.validation)
                                                      ? fmt::format("{:.2f}", entry.accuracy.validation)
                                                      : "unknown");
    }
  }
  std::string text = layout_table(rows, alignment);
  const double accuracy = entries_[*best_].accuracy.validation;
  if (std::isfinite(accuracy)) {
    text +=
        fmt::format("validation accuracy of the best: {:.2f}; {} of {} architectures have a higher one, up to {:.2f}\n",
                    accuracy, accuracies_->count_above(accuracy), accuracies_->size(), accuracies_->highest());
  } else if (has_accuracies) {
    text += fmt::format("no accuracy is known of the best ({})\n", accuracies_->where());
  }
  return text;
}

}  // namespace zcmpi
