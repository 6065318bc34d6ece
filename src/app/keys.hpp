/// \file
/// The one list of what can be configured.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "zcmpi/app/configuration.hpp"

namespace zcmpi {

/// A setting's value, as TOML knows it.
using Value =
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>, std::map<std::string, double>>;

/// What may become of a setting when a run is resumed.
enum class OnResume {
  /// It may change: the populations do not depend on it.
  free,
  /// A checkpoint records it, and resuming with another value is refused.
  fixed,
  /// The same, but the checkpoint's header has a field of its own for it.
  fixed_in_header,
};

/// Of what is configured by a struct `Settings`.
template <class Settings>
struct KeyOf {
  /// "section.name"
  std::string path;
  /// Completes "expected ...".
  std::string expected;
  /// Empty where there is none.
  std::string unit;
  OnResume on_resume;
  /// One line.
  std::string documentation;
  /// False when the value is not what is expected. May throw InputError to say more than `expected` does.
  std::function<bool(Settings&, const Value&)> set;
  std::function<Value(const Settings&)> get;
  /// False where there is a default.
  bool is_required = false;
};
using Key = KeyOf<Configuration>;
using LiveKey = KeyOf<LiveProblem>;

/// In the order of the file; keys of a section lie together.
std::span<const Key> configuration_keys();

/// Those of a [[live]] table, likewise; their paths are "live.name".
std::span<const LiveKey> live_keys();

/// The part of a path before its last dot.
std::string section_of(const std::string& path);
/// What comes after it.
std::string name_of(const std::string& path);

/// A value as TOML on one line.
std::string to_toml_text(const Value& value);

}  // namespace zcmpi
