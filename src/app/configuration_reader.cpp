#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <sstream>

#include "keys.hpp"
#include "zcmpi/app/configuration.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/text.hpp"

namespace zcmpi {
namespace {

/// One key of a file, with the place it stands at.
struct Entry {
  std::string path;
  const toml::node* node;
  std::uint32_t line;
};

template <class Settings>
const KeyOf<Settings>* find_key(std::string_view path, std::span<const KeyOf<Settings>> keys) {
  const auto found = std::ranges::find(keys, path, &KeyOf<Settings>::path);
  return found == keys.end() ? nullptr : &*found;
}

bool is_section(std::string_view path) {
  const std::string prefix = std::string(path) + ".";
  const auto keys = configuration_keys();
  return std::any_of(keys.begin(), keys.end(), [&](const Key& key) { return key.path.starts_with(prefix); });
}

/// All keys of a table and of the sections in it, in the order of the file.
void collect(const toml::table& table, const std::string& prefix, std::vector<Entry>& entries) {
  for (const auto& [name, node] : table) {
    const std::string path = prefix + std::string(name.str());
    const toml::table* nested = node.as_table();
    if (nested != nullptr && is_section(path)) {
      collect(*nested, path + ".", entries);
    } else {
      entries.push_back({path, &node, static_cast<std::uint32_t>(node.source().begin.line)});
    }
  }
}

/// In the order of the file.
std::vector<Entry> sorted_entries(const toml::table& table, const std::string& prefix) {
  std::vector<Entry> entries;
  collect(table, prefix, entries);
  std::ranges::stable_sort(entries, {}, &Entry::line);
  return entries;
}

/// The text of a node for a message, on one line and not too long.
std::string excerpt(const toml::node& node) {
  std::ostringstream stream;
  node.visit([&stream](const auto& typed) { stream << typed; });
  std::string text = stream.str();
  std::replace(text.begin(), text.end(), '\n', ' ');
  constexpr std::size_t longest = 60;
  return text.size() <= longest ? text : text.substr(0, longest) + "...";
}

std::optional<Value> list_value(const toml::array& array) {
  std::vector<std::string> names;
  for (const toml::node& element : array) {
    const auto name = element.value_exact<std::string>();
    if (!name) {
      return std::nullopt;
    }
    names.push_back(*name);
  }
  return names;
}

std::optional<Value> table_value(const toml::table& table) {
  std::map<std::string, double> numbers;
  for (const auto& [name, node] : table) {
    if (!node.is_number()) {
      return std::nullopt;
    }
    numbers[std::string(name.str())] = node.value<double>().value();
  }
  return numbers;
}

/// nullopt for a type that no setting has.
std::optional<Value> to_value(const toml::node& node) {
  if (const auto* array = node.as_array()) {
    return list_value(*array);
  }
  if (const auto* table = node.as_table()) {
    return table_value(*table);
  }
  if (const auto flag = node.value_exact<bool>()) {
    return *flag;
  }
  if (const auto number = node.value_exact<std::int64_t>()) {
    return *number;
  }
  if (const auto number = node.value_exact<double>()) {
    return *number;
  }
  if (const auto text = node.value_exact<std::string>()) {
    return *text;
  }
  return std::nullopt;
}

constexpr std::string_view live_name = "live";

template <class Settings>
[[noreturn]] void throw_unknown_key(const std::string& where, const std::string& path,
                                    std::span<const KeyOf<Settings>> keys) {
  std::vector<std::string> known;
  for (const auto& key : keys) {
    known.push_back(key.path);
  }
  throw InputError(fmt::format("{}: unknown key \"{}\": {}", where, path,
                               suggestion(path, known, "`zcmpi config --default` lists all keys")));
}

template <class Settings>
bool try_set(Settings& settings, const KeyOf<Settings>& key, const Value& value, const std::string& where) {
  try {
    return key.set(settings, value);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}: {}", where, key.path, error.what()));
  }
}

template <class Settings>
[[noreturn]] void throw_not_possible(const std::string& where, const KeyOf<Settings>& key, const std::string& found) {
  throw InputError(fmt::format("{}: {} = {} is not possible: expected {}", where, key.path, found, key.expected));
}

/// A comma may follow the last part, and a blank text means an empty list.
std::vector<std::string> list_of(const std::string& text) {
  auto parts = split_at_commas(text);
  if (parts.back().empty()) {
    parts.pop_back();
  }
  return {parts.begin(), parts.end()};
}

/// Sets what an entry says.
template <class Settings>
void read_entry(Settings& settings, const Entry& entry, std::span<const KeyOf<Settings>> keys,
                const std::string& where) {
  const auto* key = find_key(entry.path, keys);
  if (key == nullptr) {
    throw_unknown_key(where, entry.path, keys);
  }
  const auto value = to_value(*entry.node);
  if (!value || !try_set(settings, *key, *value, where)) {
    throw_not_possible(where, *key, excerpt(*entry.node));
  }
}

LiveProblem read_live_problem(const toml::table& table, const std::filesystem::path& source) {
  LiveProblem live;
  for (const Entry& entry : sorted_entries(table, fmt::format("{}.", live_name))) {
    read_entry(live, entry, live_keys(), fmt::format("{}:{}", source.string(), entry.line));
  }
  for (const LiveKey& key : live_keys()) {
    const auto name = name_of(key.path);
    if (key.is_required && !table.contains(name)) {
      throw InputError(fmt::format("{}:{}: [[live]] lacks the key \"{}\": expected {}", source.string(),
                                   table.source().begin.line, name, key.expected));
    }
  }
  return live;
}

void read_live_problems(Configuration& configuration, const Entry& entry, const std::filesystem::path& source) {
  const auto* tables = entry.node->as_array();
  if (tables == nullptr || !tables->is_array_of_tables()) {
    throw InputError(fmt::format("{}:{}: \"live\" is a list of tables: expected [[live]], with two brackets, for each",
                                 source.string(), entry.line));
  }
  for (const toml::node& table : *tables) {
    configuration.live.push_back(read_live_problem(*table.as_table(), source));
  }
}

void read_text(Configuration& configuration, std::string_view text, const std::filesystem::path& source) {
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    const std::string description(error.description());
    const bool is_too_large = description.find("not representable") != std::string::npos;
    throw InputError(fmt::format(
        "{}:{}: this is not TOML: {}{}", source.string(), error.source().begin.line, description,
        is_too_large ? fmt::format(": integers are at most {}", std::numeric_limits<std::int64_t>::max()) : ""));
  }
  for (const Entry& entry : sorted_entries(table, "")) {
    const std::string where = fmt::format("{}:{}", source.string(), entry.line);
    if (entry.path == live_name) {
      read_live_problems(configuration, entry, source);
      continue;
    }
    if (find_key(entry.path, configuration_keys()) == nullptr && is_section(entry.path)) {
      throw InputError(fmt::format("{}: \"{}\" is a section: expected a table [{}]", where, entry.path, entry.path));
    }
    read_entry(configuration, entry, configuration_keys(), where);
  }
}

/// What an override's value may mean, likeliest first: TOML, a string, strings between commas.
std::vector<Value> override_values(const std::string& text) {
  std::vector<Value> values;
  try {
    const toml::table table = toml::parse("value = " + text);
    const auto value = table.size() == 1 ? to_value(*table.get("value")) : std::nullopt;
    if (value) {
      values.push_back(*value);
    }
  } catch (const toml::parse_error&) {
    // A bare word.
  }
  if (text.find_first_of("[]{}\"'\n") == std::string::npos) {
    values.emplace_back(text);
    values.emplace_back(list_of(text));
  }
  return values;
}

void read_override(Configuration& configuration, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw InputError(fmt::format("--set {}: expected key=value, such as gp.population=500", text));
  }
  const std::string path = text.substr(0, equals);
  const std::string where = "--set " + text;
  if (path == live_name || path.starts_with(fmt::format("{}.", live_name))) {
    throw InputError(
        fmt::format("{}: live problems are described in the configuration file, in [[live]] tables", where));
  }
  const Key* key = find_key(path, configuration_keys());
  if (key == nullptr) {
    throw_unknown_key(where, path, configuration_keys());
  }
  const std::string found = text.substr(equals + 1);
  const std::vector<Value> values = override_values(found);
  const bool accepted = std::any_of(values.begin(), values.end(),
                                    [&](const Value& value) { return try_set(configuration, *key, value, where); });
  if (!accepted) {
    throw_not_possible(where, *key, found);
  }
}

}  // namespace

Configuration parse_configuration(std::string_view toml, const std::filesystem::path& source,
                                  std::span<const std::string> overrides) {
  Configuration configuration;
  configuration.source = source;
  read_text(configuration, toml, source);
  for (const std::string& text : overrides) {
    read_override(configuration, text);
  }
  if (configuration.run.name.empty()) {
    configuration.run.name = source.empty() ? "zcmpi" : source.stem().string();
  }
  check_configuration(configuration);
  return configuration;
}

Configuration load_configuration(const std::optional<std::filesystem::path>& file,
                                 std::span<const std::string> overrides) {
  return file ? parse_configuration(read_file(*file), *file, overrides) : parse_configuration("", {}, overrides);
}

}  // namespace zcmpi
