#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "table_file.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

namespace fs = std::filesystem;

/// `file` or `file.h5:space/task`.
struct Reference {
  std::string file;
  std::optional<std::string> problem;
};

Reference parse_reference(std::string_view text) {
  constexpr std::string_view separator = ".h5:";
  const auto at = text.find(separator);
  if (at == std::string_view::npos) {
    return {std::string(text), std::nullopt};
  }
  const auto end_of_file = at + separator.size() - 1;
  return {std::string(text.substr(0, end_of_file)), std::string(text.substr(end_of_file + 1))};
}

/// Where a reference may lie, in the order of preference.
std::vector<fs::path> candidates_for(const fs::path& file, std::span<const fs::path> folders) {
  const bool has_extension = file.extension() == ".h5" || file.extension() == ".csv";
  std::vector<fs::path> candidates;
  const auto add = [&](const fs::path& path) {
    if (has_extension) {
      candidates.push_back(path);
      return;
    }
    for (const auto* extension : {".h5", ".csv"}) {
      candidates.emplace_back(path.string() + extension);
    }
  };
  if (has_extension || file.has_parent_path()) {
    add(file);
  }
  if (file.is_relative()) {
    for (const auto& folder : folders) {
      add(folder / file);
    }
  }
  return candidates;
}

/// The tables in the folders, by the names under which they can be asked for; sorted, so that a suggestion does not
/// depend on the file system.
std::vector<std::string> known_tables(std::span<const fs::path> folders) {
  std::vector<std::string> names;
  for (const auto& folder : folders) {
    std::error_code unreadable;
    for (const auto& entry : fs::directory_iterator(folder, unreadable)) {
      const auto extension = entry.path().extension();
      if (extension == ".h5" || extension == ".csv") {
        names.push_back(entry.path().stem().string());
      }
    }
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

[[noreturn]] void throw_not_found(std::string_view reference, const fs::path& file,
                                  std::span<const fs::path> candidates, std::span<const fs::path> folders) {
  if (std::error_code unreadable; fs::exists(file, unreadable)) {
    throw TableNotFound(
        fmt::format("not a table ({}): {}; name a .h5 or .csv file, or a folder that holds it with --data", reference,
                    fs::is_directory(file, unreadable) ? "it is a folder" : "its name ends in neither .h5 nor .csv"));
  }
  std::vector<std::string> places;
  for (const auto& candidate : candidates) {
    places.push_back(candidate.string());
  }
  const std::string looked =
      places.empty() ? "there is no folder to look in" : fmt::format("looked for {}", fmt::join(places, ", "));
  throw TableNotFound(fmt::format("the table was not found ({}): {}; {}", reference, looked,
                                  suggestion(file.stem().string(), known_tables(folders),
                                             "name a .h5 or .csv file, or a folder that holds it with --data")));
}

fs::path find_file(std::string_view reference, const fs::path& file, std::span<const fs::path> folders) {
  const auto candidates = candidates_for(file, folders);
  const auto found = std::ranges::find_if(candidates, [](const fs::path& path) {
    std::error_code unreadable;
    return fs::is_regular_file(path, unreadable);
  });
  if (found == candidates.end()) {
    throw_not_found(reference, file, candidates, folders);
  }
  return *found;
}

Problem load_csv(const fs::path& path) {
  const std::string stem = path.stem().string();
  const auto underscore = stem.find('_');
  if (underscore == std::string::npos) {
    throw InputError(
        fmt::format("the file's name does not say space and task ({}): expected <space>_<task>.csv; rename it, or use "
                    "zcmpi import csv with --space and --task",
                    path.string()));
  }
  return read_csv(path, stem.substr(0, underscore), stem.substr(underscore + 1));
}

Problem load_one(const fs::path& path, const std::string& problem) {
  const auto names = problem_names(path);
  if (std::ranges::find(names, problem) == names.end()) {
    throw InputError(
        fmt::format("the table has no problem '{}' ({}): {}", problem, path.string(), suggestion(problem, names)));
  }
  return read_problem(path, problem);
}

}  // namespace

std::vector<Problem> load_problems(std::string_view reference, std::span<const fs::path> folders) {
  const auto [file, problem] = parse_reference(reference);
  const fs::path path = find_file(reference, file, folders);
  std::vector<Problem> problems;
  if (path.extension() == ".csv") {
    problems.push_back(load_csv(path));
  } else if (problem) {
    problems.push_back(load_one(path, *problem));
  } else {
    problems = read_table(path);
  }
  return problems;
}

fs::path find_table(std::string_view reference, std::span<const fs::path> folders) {
  return find_file(reference, parse_reference(reference).file, folders);
}

}  // namespace zcmpi
