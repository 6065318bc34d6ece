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

const Key* find_key(std::string_view path) {
  for (const Key& key : configuration_keys()) {
    if (key.path == path) {
      return &key;
    }
  }
  return nullptr;
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

[[noreturn]] void throw_unknown_key(const std::string& where, const std::string& path) {
  std::vector<std::string> known;
  for (const Key& key : configuration_keys()) {
    known.push_back(key.path);
  }
  const auto nearest = suggest_nearest(path, known);
  throw InputError(fmt::format("{}: unknown key \"{}\"{}: `zcmpi config --default` lists all keys", where, path,
                               nearest ? fmt::format("; the nearest is \"{}\"", *nearest) : ""));
}

bool try_set(Configuration& configuration, const Key& key, const Value& value, const std::string& where) {
  try {
    return key.set(configuration, value);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}: {}", where, key.path, error.what()));
  }
}

[[noreturn]] void throw_not_possible(const std::string& where, const Key& key, const std::string& found) {
  throw InputError(fmt::format("{}: {} = {} is not possible: expected {}", where, key.path, found, key.expected));
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    parts.push_back(part);
  }
  return parts;
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
  std::vector<Entry> entries;
  collect(table, "", entries);
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.line < b.line; });
  for (const Entry& entry : entries) {
    const std::string where = fmt::format("{}:{}", source.string(), entry.line);
    const Key* key = find_key(entry.path);
    if (key == nullptr && is_section(entry.path)) {
      throw InputError(fmt::format("{}: \"{}\" is a section: expected a table [{}]", where, entry.path, entry.path));
    }
    if (key == nullptr) {
      throw_unknown_key(where, entry.path);
    }
    const auto value = to_value(*entry.node);
    if (!value || !try_set(configuration, *key, *value, where)) {
      throw_not_possible(where, *key, excerpt(*entry.node));
    }
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
    values.emplace_back(split_at_commas(text));
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
  const Key* key = find_key(path);
  if (key == nullptr) {
    throw_unknown_key(where, path);
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
