#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "zcmpi/app/result.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/expr/primitive.hpp"

namespace zcmpi {
namespace {

using Json = nlohmann::json;

/// Reads members of one JSON object; errors name the file and the member's full path.
class ObjectReader {
 public:
  ObjectReader(const std::filesystem::path& file, const Json& object, std::string prefix = "")
      : file_(file), object_(object), prefix_(std::move(prefix)) {
    if (!object.is_object()) {
      throw InputError(fmt::format("{}: {} is not an object: expected a result.json that zcmpi wrote", file.string(),
                                   prefix_.empty() ? "the document" : prefix_));
    }
  }

  [[nodiscard]] bool has(const char* key) const { return object_.contains(key); }

  [[nodiscard]] const Json& at(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) {
      throw InputError(fmt::format("{}: the key \"{}{}\" is missing: expected a result.json that zcmpi wrote",
                                   file_.string(), prefix_, key));
    }
    return *found;
  }

  [[noreturn]] void refuse(const char* key, std::string_view expected) const {
    std::string found = at(key).dump(-1, ' ', false, Json::error_handler_t::replace);
    constexpr std::size_t longest = 60;
    if (found.size() > longest) {
      found = found.substr(0, longest) + "...";
    }
    throw InputError(fmt::format("{}: \"{}{}\" is {}: expected {}", file_.string(), prefix_, key, found, expected));
  }

  [[nodiscard]] std::string text(const char* key) const {
    return at(key).is_string() ? at(key).get<std::string>() : (refuse(key, "a text"), "");
  }
  template <class T>
  [[nodiscard]] T count(const char* key) const {
    return at(key).is_number_unsigned() ? at(key).get<T>() : (refuse(key, "an integer of at least 0"), T());
  }
  /// null is NaN.
  [[nodiscard]] double number(const char* key) const {
    if (at(key).is_null()) {
      return ProblemResult::none;
    }
    return at(key).is_number() ? at(key).get<double>() : (refuse(key, "a number or null"), 0.0);
  }
  [[nodiscard]] const Json& array(const char* key) const {
    return at(key).is_array() ? at(key) : (refuse(key, "a list"), at(key));
  }
  [[nodiscard]] std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> texts;
    for (const Json& element : array(key)) {
      texts.push_back(element.is_string() ? element.get<std::string>() : (refuse(key, "a list of texts"), ""));
    }
    return texts;
  }
  template <class Enum, std::size_t n>
  [[nodiscard]] Enum choice(const char* key, const std::array<Enum, n>& enumerators) const {
    const std::string name = text(key);
    std::string names;
    for (const Enum enumerator : enumerators) {
      if (name == to_text(enumerator)) {
        return enumerator;
      }
      names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", to_text(enumerator));
    }
    refuse(key, "one of " + names);
  }

 private:
  const std::filesystem::path& file_;
  const Json& object_;
  std::string prefix_;
};

std::vector<Standard> read_standards(const ObjectReader& problem, const std::vector<std::string>& terminals) {
  const Json& json = problem.at("standards");
  std::vector<Standard> standards;
  for (const std::string& terminal : terminals) {
    const auto pair = json.is_object() ? json.find(terminal) : json.end();
    if (pair == json.end() || !pair->is_array() || pair->size() != 2 || !(*pair)[0].is_number() ||
        !(*pair)[1].is_number()) {
      problem.refuse("standards", fmt::format("[mean, deviation] for each terminal; it is missing for {}", terminal));
    }
    standards.push_back({(*pair)[0].get<double>(), (*pair)[1].get<double>()});
  }
  return standards;
}

ProblemResult read_problem(const ObjectReader& json, const RunResult& result) {
  ProblemResult problem;
  problem.problem = json.text("problem");
  problem.n_train = json.count<std::size_t>("n_train");
  problem.tau_train = json.number("tau_train");
  problem.tau_train_low = json.number("tau_train_low");
  problem.tau_train_high = json.number("tau_train_high");
  problem.n_validation = json.count<std::size_t>("n_validation");
  problem.tau_validation = json.number("tau_validation");
  problem.n_test = json.count<std::size_t>("n_test");
  problem.tau_test = json.number("tau_test");
  problem.tau_test_low = json.number("tau_test_low");
  problem.tau_test_high = json.number("tau_test_high");
  problem.rho_test = json.number("rho_test");
  problem.best_terminal = json.text("best_terminal");
  problem.best_terminal_tau_test = json.number("best_terminal_tau_test");
  if (result.transform == Transform::standardised) {
    problem.standards = read_standards(json, result.terminals);
  }
  return problem;
}

void check_language(const std::filesystem::path& path, int language) {
  if (language != formula_language_version) {
    throw InputError(fmt::format(
        "{}: its formula is in formula language {}, and this program has {}: expected a result of a program with the "
        "same language; evaluate it with the version of zcmpi that made it",
        path.string(), language, formula_language_version));
  }
}

RunResult read_document(const std::filesystem::path& path, const Json& document) {
  const ObjectReader json(path, document);
  RunResult result;
  result.formula_language = json.count<int>("formula_language");
  check_language(path, result.formula_language);
  result.formula = json.text("formula");
  result.formula_simplified = json.text("formula_simplified");
  result.latex = json.text("latex");
  result.size = json.count<std::size_t>("size");
  result.fitness = json.number("fitness");
  result.seed = json.count<std::uint64_t>("seed");
  result.islands = json.count<std::uint32_t>("islands");
  result.generations = json.count<std::uint32_t>("generations");
  result.evaluations = json.count<std::uint64_t>("evaluations");
  result.duplicates = json.count<std::uint64_t>("duplicates");
  result.stopped_by = json.choice(
      "stopped_by", std::array{StoppedBy::generations, StoppedBy::max_hours, StoppedBy::signal, StoppedBy::stop_file});
  result.terminals = json.texts("terminals");
  result.transform =
      json.choice("transform", std::array{Transform::raw, Transform::signed_log, Transform::standardised});
  result.missing =
      json.choice("missing", std::array{MissingPolicy::constant, MissingPolicy::intersection, MissingPolicy::error});
  result.target = json.choice("target", std::array{Target::val_accuracy, Target::test_accuracy});
  result.program_version = json.text("program_version");
  std::size_t index = 0;
  for (const Json& problem : json.array("problems")) {
    result.problems.push_back(read_problem(ObjectReader(path, problem, fmt::format("problems[{}].", index)), result));
    ++index;
  }
  const ObjectReader single(path, json.at("best_single_terminal"), "best_single_terminal.");
  result.best_single_terminal = {single.text("terminal"), single.number("mean_tau_test")};
  result.wall_seconds = json.number("wall_seconds");
  const ObjectReader phases(path, json.at("phase_seconds"), "phase_seconds.");
  for (std::size_t phase = 0; phase < phase_count; ++phase) {
    const std::string name(phase_names[phase]);
    // Results from before migration was timed have it in `rest`.
    const bool is_unknown = phase == static_cast<std::size_t>(Phase::migration) && !phases.has(name.c_str());
    result.phase_seconds[phase] = is_unknown ? 0.0 : phases.number(name.c_str());
  }
  return result;
}

}  // namespace

RunResult read_result(const std::filesystem::path& path) {
  Json document;
  try {
    document = Json::parse(read_file(path));
  } catch (const Json::parse_error& error) {
    throw InputError(fmt::format("{}: byte {}: this is not JSON: expected a result.json that zcmpi wrote",
                                 path.string(), error.byte));
  }
  return read_document(path, document);
}

}  // namespace zcmpi
