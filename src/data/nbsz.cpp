#include "zcmpi/data/nbsz.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "consistency.hpp"
#include "json_stream.hpp"
#include "missing.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/text.hpp"

namespace zcmpi {
namespace {

/// The schemas of docs/formats.md.
enum class Schema { unknown, release, old, list };

std::string_view to_text(Schema schema) {
  switch (schema) {
    case Schema::release: return "NAS-Bench-Suite-Zero JSON, release";
    case Schema::old: return "NAS-Bench-Suite-Zero JSON, with a level of spaces";
    case Schema::list: return "NAS-Bench-Suite-Zero JSON, list of a run";
    case Schema::unknown: break;
  }
  return "NAS-Bench-Suite-Zero JSON";
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lower;
}

/// zcmpi's name for the space that a file's name or a key of a file speaks of; empty when it speaks of none.
std::string space_in(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> spaces{
      {{"nasbench101", "nb101"},
       {"nasbench201", "nb201"},
       {"nasbench301", "nb301"},
       {"darts", "nb301"},
       {"transbench101_micro", "tnb101-micro"},
       {"transbench101_macro", "tnb101-macro"}}};
  const std::string lower = to_lower(text);
  for (const auto& [pattern, space] : spaces) {
    if (lower.find(pattern) != std::string::npos) {
      return std::string(space);
    }
  }
  return {};
}

/// One proxy of one row.
struct Measurement {
  double score = missing_value;
  double seconds = missing_value;
};

/// One architecture as it is being read.
struct Row {
  std::string architecture;
  std::map<std::string, Measurement> proxies;
  double val_accuracy = missing_value;
  double test_accuracy = missing_value;
};

/// Collects the rows of one problem by column.
class ProblemBuilder {
 public:
  void add(Row&& row) {
    if (std::isnan(row.val_accuracy)) {
      ++rows_without_accuracy_;
      return;
    }
    const std::size_t row_number = architectures_.size();
    for (const auto& [terminal, measurement] : row.proxies) {
      Column& column = columns_[terminal];
      column.scores.resize(row_number, missing_value);
      column.scores.push_back(measurement.score);
      if (std::isfinite(measurement.seconds)) {
        column.seconds += measurement.seconds;
        ++column.timed_rows;
      }
    }
    architectures_.push_back(std::move(row.architecture));
    val_accuracy_.push_back(row.val_accuracy);
    test_accuracy_.push_back(row.test_accuracy);
    rows_without_test_accuracy_ += std::isnan(row.test_accuracy) ? 1U : 0U;
  }

  [[nodiscard]] std::size_t rows_without_accuracy() const { return rows_without_accuracy_; }
  [[nodiscard]] std::size_t rows_without_test_accuracy() const { return rows_without_test_accuracy_; }

  /// Terminals come in the order of their names. Only the counters of lacking accuracies stay in the builder.
  Problem finish(std::string space, std::string task) {
    Problem problem;
    problem.space = std::move(space);
    problem.task = std::move(task);
    problem.architectures = std::move(architectures_);
    problem.val_accuracy = std::move(val_accuracy_);
    if (rows_without_test_accuracy_ == 0) {
      problem.test_accuracy = std::move(test_accuracy_);
    }
    for (auto& [terminal, column] : columns_) {
      column.scores.resize(problem.size(), missing_value);
      problem.terminals.push_back(terminal);
      problem.features.insert(problem.features.end(), column.scores.begin(), column.scores.end());
      problem.costs_seconds.push_back(column.timed_rows == 0 ? missing_value
                                                             : column.seconds / static_cast<double>(column.timed_rows));
      column = {};
    }
    return problem;
  }

 private:
  struct Column {
    std::vector<double> scores;
    double seconds = 0.0;
    std::size_t timed_rows = 0;
  };

  std::vector<std::string> architectures_;
  std::vector<double> val_accuracy_;
  std::vector<double> test_accuracy_;
  std::map<std::string, Column> columns_;
  std::size_t rows_without_accuracy_ = 0;
  /// Of the rows that are kept.
  std::size_t rows_without_test_accuracy_ = 0;
};

/// Space (empty where the file does not say) and task.
using ProblemKey = std::pair<std::string, std::string>;

/// Takes the events of the parser and sorts them into problems. Where the parser is, is the list of keys that lead
/// there; the schema is known from the depth at which the first plain value appears.
class NbszHandler : public nlohmann::json_sax<nlohmann::json> {
 public:
  NbszHandler(std::string file, const JsonStream& stream) : file_(std::move(file)), stream_(stream) {}

  bool null() override { return take_number(missing_value); }
  bool boolean(bool) override { fail("a truth value is not expected here"); }
  bool number_integer(number_integer_t value) override { return take_number(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return take_number(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t&) override { return take_number(value); }
  bool string(string_t& text) override { return take_text(text); }
  bool binary(binary_t&) override { fail("binary data is not expected here"); }

  bool start_object(std::size_t) override {
    constexpr std::size_t deepest = 5;
    if (path_.size() == deepest) {
      fail("the objects are nested too deeply");
    }
    path_.emplace_back();
    return true;
  }

  bool key(string_t& name) override {
    path_.back() = std::move(name);
    return true;
  }

  bool end_object() override {
    if (schema_ != Schema::unknown && path_.size() == row_depth_) {
      finish_row();
    }
    path_.pop_back();
    return true;
  }

  bool start_array(std::size_t) override {
    if (!path_.empty()) {
      fail("a list is not expected here");
    }
    path_.emplace_back("list");
    set_schema(Schema::list);
    return true;
  }

  bool end_array() override {
    path_.pop_back();
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    const std::string text = error.what();
    const auto start = text.find("syntax error");
    throw InputError(fmt::format("not valid JSON ({}, byte {}): {}", file_, stream_.position(),
                                 start == std::string::npos ? text : text.substr(start)));
  }

  [[nodiscard]] Schema schema() const { return schema_; }
  /// In the order of first appearance.
  [[nodiscard]] std::vector<std::pair<ProblemKey, ProblemBuilder>>& problems() { return problems_; }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw InputError(fmt::format("{} ({}, byte {}{}{}): expected a file of NAS-Bench-Suite-Zero", what, file_,
                                 stream_.position(), path_.empty() ? "" : ", at ", fmt::join(path_, " > ")));
  }

  void set_schema(Schema schema) {
    schema_ = schema;
    row_depth_ = schema == Schema::list ? 2 : (schema == Schema::release ? 3 : 4);
  }

  [[nodiscard]] bool in_measurement() const { return path_.back() == "score" || path_.back() == "time"; }

  /// Called at a plain value: is it one of a row, and if so, of which field?
  void locate() {
    if (schema_ == Schema::unknown && !path_.empty()) {
      const std::size_t depth = path_.size() - (in_measurement() ? 1 : 0);
      if (depth == 3 || depth == 4) {
        set_schema(depth == 3 ? Schema::release : Schema::old);
      }
    }
    const bool in_row = schema_ != Schema::unknown &&
                        (path_.size() == row_depth_ || (path_.size() == row_depth_ + 1 && in_measurement()));
    if (!in_row) {
      fail("a plain value is not expected here");
    }
  }

  [[nodiscard]] const std::string& field() const { return path_[row_depth_ - 1]; }

  bool take_number(double value) {
    locate();
    value = missing_if_unusable(value);
    if (path_.size() > row_depth_) {
      auto& measurement = row_.proxies[field()];
      (path_.back() == "score" ? measurement.score : measurement.seconds) = value;
    } else if (field() == "val_accuracy") {
      row_.val_accuracy = value;
    } else if (field() == "test_accuracy") {
      row_.test_accuracy = value;
    } else if (field() != "idx" && field() != "arch") {
      row_.proxies[field()].score = value;
    }
    return true;
  }

  bool take_text(std::string& text) {
    locate();
    if (path_.size() == row_depth_ && field() == "arch") {
      row_.architecture = std::move(text);
    } else if (path_.size() != row_depth_ || field() != "idx") {
      fail("a text is not expected here");
    }
    return true;
  }

  void finish_row() {
    // In a list only the row itself names its architecture; elsewhere the key does.
    if (schema_ != Schema::list) {
      row_.architecture = path_[row_depth_ - 2];
    } else if (row_.architecture.empty()) {
      fail("a row has no 'arch'");
    }
    builder().add(std::exchange(row_, {}));
  }

  ProblemBuilder& builder() {
    ProblemKey key;
    if (schema_ != Schema::list) {
      key = {schema_ == Schema::old ? path_[0] : "", path_[row_depth_ - 3]};
    }
    const auto found = std::ranges::find(problems_, key, [](const auto& entry) { return entry.first; });
    return found != problems_.end() ? found->second : problems_.emplace_back(key, ProblemBuilder{}).second;
  }

  std::string file_;
  const JsonStream& stream_;
  Schema schema_ = Schema::unknown;
  /// How many objects (and lists) are open inside a row.
  std::size_t row_depth_ = 0;
  std::vector<std::string> path_;
  Row row_;
  std::vector<std::pair<ProblemKey, ProblemBuilder>> problems_;
};

std::string choose_space(const std::filesystem::path& path, const std::string& in_file, const NbszOptions& options) {
  if (!in_file.empty()) {
    const auto known = space_in(in_file);
    return known.empty() ? in_file : known;
  }
  if (!options.space.empty()) {
    return options.space;
  }
  auto space = space_in(path.stem().string());
  if (space.empty()) {
    throw InputError(
        fmt::format("the search space is not known ({}): neither the file nor its name says it; give it "
                    "with --space",
                    path.string()));
  }
  return space;
}

std::string choose_task(const std::filesystem::path& path, Schema schema, const std::string& in_file,
                        const NbszOptions& options) {
  if (schema != Schema::list) {
    return to_lower(in_file);
  }
  if (options.task.empty()) {
    throw InputError(fmt::format(
        "the task is not known ({}): a file that is a list does not say it; give it with --task", path.string()));
  }
  return options.task;
}

/// Says what of a problem was not taken.
void report_losses(const ProblemBuilder& builder, const Problem& problem, const std::string& file) {
  if (const auto rows = builder.rows_without_accuracy(); rows > 0) {
    log_warning(fmt::format("{} without val_accuracy left out ({}, {})", count_of(rows, "row"), file, problem.name()));
  }
  if (const auto rows = builder.rows_without_test_accuracy(); rows > 0 && rows < problem.size()) {
    log_warning(fmt::format("test_accuracy is left out, because {} of {} rows lack it ({}, {})", rows, problem.size(),
                            file, problem.name()));
  }
}

}  // namespace

std::vector<Problem> read_nbsz(const std::filesystem::path& path, const NbszOptions& options) {
  JsonStream stream(path);
  NbszHandler handler(path.string(), stream);
  nlohmann::json::sax_parse(JsonIterator(stream), JsonIterator(), &handler);

  std::vector<Problem> problems;
  for (auto& [key, builder] : handler.problems()) {
    auto problem = builder.finish(choose_space(path, key.first, options),
                                  choose_task(path, handler.schema(), key.second, options));
    report_losses(builder, problem, path.string());
    problem.provenance = {{"source", path.filename().string()},
                          {"source_format", std::string(to_text(handler.schema()))},
                          {"source_digest", digest_to_text(stream.digest())}};
    validate_from_file(problem, path.string());
    if (problem.size() > 0) {
      problems.push_back(std::move(problem));
    }
  }
  if (problems.empty()) {
    throw InputError(fmt::format(
        "no architecture with a val_accuracy was found ({}): expected a file of NAS-Bench-Suite-Zero", path.string()));
  }
  return problems;
}

}  // namespace zcmpi
