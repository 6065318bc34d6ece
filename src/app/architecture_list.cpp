#include "architecture_list.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/random.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

/// More than these are not meant to be listed.
constexpr std::uint64_t most_listed = 10'000'000;

constexpr std::string_view possible_lists =
    "all, random:N, random:N:SEED, a table (T.h5, T.h5:space/task, a .csv file with a column arch), a "
    "text file, an architecture a line, or one architecture";

bool is_architecture_of(const SearchSpace& space, std::string_view text) {
  try {
    static_cast<void>(space.parse(text));
    return true;
  } catch (const InputError&) {
    return false;
  }
}

/// Which spaces the text is an architecture of, for one that is none of the space that was named.
std::string hint_of_other_spaces(std::string_view text) {
  std::vector<std::string_view> names;
  for (const auto& space : search_spaces()) {
    if (is_architecture_of(*space, text)) {
      names.push_back(space->name());
    }
  }
  return names.empty() ? "" : fmt::format("; this one looks like {} (--space)", fmt::join(names, " or "));
}

/// Architectures, each once.
class Listing {
 public:
  explicit Listing(const SearchSpace& space) : space_(space) {}

  bool add(const Architecture& architecture) {
    if (!seen_.insert(architecture).second) {
      return false;
    }
    texts_.push_back(space_.print(architecture));
    return true;
  }
  /// `where` stands in the message when the text is no architecture.
  void add(std::string_view text, const std::string& where) {
    try {
      add(space_.parse(text));
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: {}{}", where, error.what(), hint_of_other_spaces(text)));
    }
  }
  [[nodiscard]] std::vector<std::string> take() { return std::move(texts_); }

 private:
  const SearchSpace& space_;
  std::set<Architecture> seen_;
  std::vector<std::string> texts_;
};

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// What a person asked for, and by which option or key.
struct Wanted {
  const std::string& spec;
  std::string_view setting;

  [[nodiscard]] std::string as_written() const { return fmt::format("{} {}", setting, spec); }
};

struct RandomSpec {
  std::uint64_t count = 0;
  std::uint64_t seed = 1;
};

/// Whether the text can only name a table, as load_problems takes it.
bool names_table(const std::string& spec) {
  const auto extension = fs::path(spec).extension();
  return extension == ".h5" || extension == ".csv" || spec.find(".h5:") != std::string::npos;
}

/// A text may be longer than a file's name can be.
bool is_path(const std::string& spec) {
  std::error_code none;
  return fs::exists(spec, none);
}

/// Whether the text can only name a file: names of tables have neither folders nor extensions but their own.
bool names_file(const std::string& spec) {
  return !names_table(spec) && (is_path(spec) || fs::path(spec).has_extension() || fs::path(spec).has_parent_path());
}

/// Names of files begin otherwise.
bool begins_like_architecture(const std::string& spec) {
  return !spec.empty() && std::string_view("|([{").find(spec.front()) != std::string_view::npos;
}

/// Whether the text, which is neither an architecture of the space nor the name of a table, was meant as an
/// architecture.
bool is_meant_as_architecture(const std::string& spec) {
  return !names_table(spec) && !spec.empty() &&
         (spec.find_first_of("|()[]{},") != std::string::npos || (spec.front() >= '0' && spec.front() <= '9') ||
          !hint_of_other_spaces(spec).empty());
}

bool is_random(const std::string& spec) { return spec.starts_with("random:"); }

/// Throws InputError when there are not as many as `most` to draw from; `from` says in words what these are.
RandomSpec parse_random(const Wanted& wanted, std::uint64_t most, const std::string& from) {
  const auto numbers = std::string_view(wanted.spec).substr(wanted.spec.find(':') + 1);
  const auto colon = std::min(numbers.find(':'), numbers.size());
  const auto count = parse_number(numbers.substr(0, colon));
  const auto seed =
      colon == numbers.size() ? std::optional(RandomSpec{}.seed) : parse_number(numbers.substr(colon + 1));
  if (!count || !seed) {
    throw InputError(fmt::format("{}: expected random:N or random:N:SEED, such as random:500:7", wanted.as_written()));
  }
  if (*count > most) {
    throw InputError(fmt::format("{}: {}, and at most {} can be drawn", wanted.as_written(), from, most));
  }
  return {*count, *seed};
}

void add_random(Listing& listing, const SearchSpace& space, const Wanted& wanted) {
  const auto [count, seed] = parse_random(wanted, std::min(space.size(), most_listed),
                                          fmt::format("the space {} has {} architectures", space.name(), space.size()));
  RandomStream random({.seed = seed, .purpose = Purpose::architectures});
  for (std::uint64_t drawn = 0; drawn < count;) {
    drawn += listing.add(sample(space, random)) ? 1U : 0U;
  }
}

void add_all(Listing& listing, const SearchSpace& space, const Wanted& wanted) {
  if (space.size() > most_listed) {
    throw InputError(fmt::format("{}: the space {} has {} architectures; draw some with random:N", wanted.as_written(),
                                 space.name(), space.size()));
  }
  for (std::uint64_t i = 0; i < space.size(); ++i) {
    listing.add(space.at(i));
  }
}

void add_lines(Listing& listing, const Wanted& wanted) {
  const fs::path path = wanted.spec;
  if (std::error_code none; !fs::is_regular_file(path, none)) {
    if (!is_path(wanted.spec) && begins_like_architecture(wanted.spec)) {
      listing.add(wanted.spec, std::string(wanted.setting));
    }
    throw InputError(fmt::format("{}: read as the name of a file, which {}: expected {}", wanted.as_written(),
                                 is_path(wanted.spec) ? "is none" : "does not exist", possible_lists));
  }
  std::string text = read_file(path);
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) {
    text.erase(0, byte_order_mark.size());
  }
  std::istringstream lines(text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    line.erase(
        std::find_if(line.rbegin(), line.rend(), [](char c) { return c != ' ' && c != '\r' && c != '\t'; }).base(),
        line.end());
    const auto first = line.find_first_not_of(" \t");
    if (first != std::string::npos && line[first] != '#') {
      listing.add(line, fmt::format("{}, line {}", path.string(), number));
    }
  }
}

void add_rows(Listing& listing, std::span<const std::string> architectures, const std::string& where) {
  for (std::size_t row = 0; row < architectures.size(); ++row) {
    listing.add(architectures[row], fmt::format("{}, row {}", where, row + 1));
  }
}

void add_table(Listing& listing, const SearchSpace& space, const std::string& spec, std::span<const fs::path> folders) {
  if (fs::path(spec).extension() == ".csv" && path_exists(spec)) {
    add_rows(listing, read_csv_architectures(spec), spec);
    return;
  }
  bool found = false;
  const auto problems = load_problems(spec, folders);
  for (const Problem& problem : problems) {
    if (problem.space != space.name()) {
      continue;
    }
    found = true;
    add_rows(listing, problem.architectures, spec);
  }
  if (!found) {
    throw InputError(fmt::format("the table has no problem of the space {} ({}): it has {}", space.name(), spec,
                                 problems.empty() ? "none" : problems.front().name()));
  }
}

/// The table; or what is wrong with the architecture, where there is no table and one was meant.
void add_named_table(Listing& listing, const SearchSpace& space, const Wanted& wanted,
                     std::span<const fs::path> folders) {
  try {
    add_table(listing, space, wanted.spec, folders);
  } catch (const TableNotFound&) {
    if (is_meant_as_architecture(wanted.spec)) {
      listing.add(wanted.spec, std::string(wanted.setting));
    }
    throw;
  }
}

std::vector<std::string> require_any(std::vector<std::string> architectures, const Wanted& wanted) {
  if (architectures.empty()) {
    throw InputError(fmt::format("{}: there is no architecture in it", wanted.as_written()));
  }
  return architectures;
}

}  // namespace

std::vector<std::string> list_architectures(const SearchSpace& space, const std::string& spec,
                                            std::span<const fs::path> folders, std::string_view setting) {
  const Wanted wanted{spec, setting};
  Listing listing(space);
  if (spec == "all") {
    add_all(listing, space, wanted);
  } else if (is_random(spec)) {
    add_random(listing, space, wanted);
  } else if (!is_path(spec) && is_architecture_of(space, spec)) {
    listing.add(space.parse(spec));
  } else if (names_file(spec)) {
    add_lines(listing, wanted);
  } else {
    add_named_table(listing, space, wanted, folders);
  }
  return require_any(listing.take(), wanted);
}

std::vector<std::string> list_architectures(const SearchSpace& space, const Problem& problem,
                                            const std::string& where) {
  Listing listing(space);
  add_rows(listing, problem.architectures, where);
  auto architectures = listing.take();
  if (architectures.empty()) {
    throw InputError(fmt::format("there is no architecture in the table ({})", where));
  }
  return architectures;
}

std::vector<std::string> list_architectures(const SearchSpace& space, const std::string& spec,
                                            std::span<const fs::path> folders, const Problem& known,
                                            const std::string& where, std::string_view setting) {
  if (!is_random(spec)) {
    return list_architectures(space, spec, folders, setting);
  }
  const Wanted wanted{spec, setting};
  auto architectures = list_architectures(space, known, where);
  const auto [count, seed] = parse_random(
      wanted, architectures.size(), fmt::format("{} architectures have an accuracy ({})", architectures.size(), where));
  // Not the order of the table's rows decides who is drawn.
  std::ranges::sort(architectures);
  RandomStream random({.seed = seed, .purpose = Purpose::architectures});
  shuffle(std::span(architectures), random);
  architectures.resize(count);
  return require_any(std::move(architectures), wanted);
}

std::string digest_of_architectures(std::span<const std::string> architectures) {
  Digester digester;
  for (const std::string& architecture : architectures) {
    digester.add(std::string_view(architecture));
  }
  return digest_to_text(digester.digest());
}

}  // namespace zcmpi
