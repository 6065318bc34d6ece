/// \file
/// How an entry of a list of keys is made.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "keys.hpp"

namespace zcmpi {

/// What all kinds of keys have in common.
struct Description {
  std::string path;
  OnResume on_resume;
  std::string documentation;
  std::string unit = "";
};

/// A field of the settings, const or not.
#define ZCMPI_FIELD(member) \
  [](auto& settings) -> auto& { return settings.member; }

template <class Settings>
KeyOf<Settings> describe(Description description, std::string expected) {
  return {std::move(description.path),
          std::move(expected),
          std::move(description.unit),
          description.on_resume,
          std::move(description.documentation),
          nullptr,
          nullptr};
}

/// Of TOML's integers, which are signed.
inline constexpr std::int64_t largest_integer = std::numeric_limits<std::int64_t>::max();

inline std::string integer_range(std::int64_t low, std::int64_t high) {
  return fmt::format("an integer from {} to {}", low, high);
}

template <class Settings = Configuration, class Field>
KeyOf<Settings> integer(Description description, std::int64_t low, std::int64_t high, Field field) {
  auto key = describe<Settings>(std::move(description), integer_range(low, high));
  key.set = [low, high, field](Settings& settings, const Value& value) {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr || *number < low || *number > high) {
      return false;
    }
    using T = std::remove_cvref_t<decltype(field(settings))>;
    field(settings) = static_cast<T>(*number);
    return true;
  };
  key.get = [field](const Settings& settings) { return static_cast<std::int64_t>(field(settings)); };
  return key;
}

template <class Settings = Configuration, class Field>
KeyOf<Settings> boolean(Description description, Field field) {
  auto key = describe<Settings>(std::move(description), "true or false");
  key.set = [field](Settings& settings, const Value& value) {
    const auto* flag = std::get_if<bool>(&value);
    if (flag == nullptr) {
      return false;
    }
    field(settings) = *flag;
    return true;
  };
  key.get = [field](const Settings& settings) { return field(settings); };
  return key;
}

/// `check` says whether a text will do; it may throw InputError.
template <class Settings = Configuration, class Field, class Check>
KeyOf<Settings> text(Description description, std::string expected, Field field, Check check) {
  auto key = describe<Settings>(std::move(description), std::move(expected));
  key.set = [field, check](Settings& settings, const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || !check(*text)) {
      return false;
    }
    field(settings) = *text;
    return true;
  };
  key.get = [field](const Settings& settings) { return field(settings); };
  return key;
}

enum class EmptyList { allowed, means_all };

/// A list of names, none of which is empty.
template <class Settings = Configuration, class Field>
KeyOf<Settings> list(Description description, std::string expected, EmptyList empty, Field field) {
  auto key = describe<Settings>(std::move(description), std::move(expected));
  key.set = [empty, field](Settings& settings, const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    if (empty == EmptyList::means_all && text != nullptr && *text == "all") {
      field(settings).clear();
      return true;
    }
    const auto* names = std::get_if<std::vector<std::string>>(&value);
    if (names == nullptr || std::ranges::any_of(*names, &std::string::empty) ||
        (names->empty() && empty == EmptyList::means_all)) {
      return false;
    }
    field(settings) = *names;
    return true;
  };
  key.get = [empty, field](const Settings& settings) -> Value {
    const auto& names = field(settings);
    return names.empty() && empty == EmptyList::means_all ? Value(std::string("all")) : Value(names);
  };
  return key;
}

}  // namespace zcmpi
