#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "commands.hpp"
#include "text_layout.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/data/table.hpp"
#include "zcmpi/expr/primitive.hpp"
#include "zcmpi/nas/graph_features.hpp"
#include "zcmpi/nas/search_space.hpp"
#include "zcmpi/proxy/proxies.hpp"

namespace zcmpi {
namespace {

/// Empty for what is no proxy that zcmpi knows.
std::string meaning_of(std::string_view terminal) {
  const auto proxies = all_proxies();
  const auto found = std::ranges::find(proxies, terminal, &ProxyDescription::name);
  if (found == proxies.end()) {
    return "";
  }
  return found->source == "-" ? std::string(found->description)
                              : fmt::format("{} ({})", found->description, found->source);
}

std::string primitives_text() {
  std::vector<std::vector<std::string>> rows{{"primitive", "operands", "value"}};
  for (const PrimitiveInfo& info : primitives()) {
    if (info.arity > 0) {
      rows.push_back({std::string(info.name), fmt::format("{}", info.arity), std::string(info.rule)});
    }
  }
  std::vector<std::vector<std::string>> sets{{"set", "members"}};
  for (const NamedPrimitiveSet& set : named_primitive_sets()) {
    sets.push_back({std::string(set.name), std::string(set.members)});
  }
  return layout_table(rows, {Align::left, Align::right, Align::left}) + "\n" +
         layout_table(sets, {Align::left, Align::left});
}

/// What each space chooses from, and below it, because some are long, how its architectures are written.
std::string spaces_text() {
  std::vector<std::vector<std::string>> rows{{"space", "architectures", "what is chosen"}};
  std::vector<std::vector<std::string>> examples{{"space", "an architecture"}};
  for (const auto& space : search_spaces()) {
    const std::string name(space->name());
    rows.push_back({name, fmt::format("{}", space->size()), std::string(space->description())});
    examples.push_back({name, std::string(space->example())});
  }
  return layout_table(rows, {Align::left, Align::right, Align::left}) + "\n" +
         layout_table(examples, {Align::left, Align::left});
}

std::string proxies_text() {
  std::vector<std::vector<std::string>> rows{{"proxy", "value", "source"}};
  for (const ProxyDescription& proxy : all_proxies()) {
    rows.push_back({std::string(proxy.name), std::string(proxy.description), std::string(proxy.source)});
  }
  rows.push_back({"graph", "all graph features of the space", "Kadlecova et al. 2024 (GRAF)"});
  return layout_table(rows, {Align::left, Align::left, Align::left});
}

/// With the values of the space's example.
std::string graph_features_text(const std::string& space_name) {
  const SearchSpace& space = find_space(space_name);
  std::vector<std::vector<std::string>> rows{{"graph feature", std::string(space.example())}};
  for (const Feature& feature : graph_features(space, space.parse(space.example()))) {
    rows.push_back({feature.name, fmt::format("{:g}", feature.value)});
  }
  return layout_table(rows, {Align::left, Align::left});
}

struct FoundProblem {
  std::filesystem::path file;
  Problem problem;
};

/// The files of a folder that may be tables, by name.
std::vector<std::filesystem::path> table_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  if (is_folder(folder)) {
    std::error_code error;
    const std::filesystem::directory_iterator entries(folder, error);
    if (error) {
      throw InputError(fmt::format("cannot read the folder ({}): {}", folder.string(), error.message()));
    }
    for (const auto& entry : entries) {
      const auto extension = entry.path().extension();
      if (entry.is_regular_file() && (extension == ".h5" || extension == ".csv")) {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// All problems in the folders; a file that is no table is passed over with a warning.
std::vector<FoundProblem> find_problems(const std::vector<std::filesystem::path>& folders) {
  std::vector<FoundProblem> found;
  for (const auto& folder : folders) {
    for (const auto& file : table_files(folder)) {
      try {
        for (Problem& problem : load_problems(file.string(), folders)) {
          found.push_back({file, std::move(problem)});
        }
      } catch (const InputError& error) {
        log_warning(fmt::format("passed over: {}", error.what()));
      }
    }
  }
  if (found.empty()) {
    std::vector<std::string> looked;
    for (const auto& folder : folders) {
      looked.push_back(folder.string());
    }
    throw InputError(
        fmt::format("no problems were found (looked in: {}): expected .h5 or .csv tables; name their folder "
                    "with --data or ZCMPI_DATA",
                    fmt::join(looked, ", ")));
  }
  return found;
}

std::string problems_text(const std::vector<FoundProblem>& found) {
  std::vector<std::vector<std::string>> rows{{"problem", "architectures", "terminals", "file"}};
  for (const auto& [file, problem] : found) {
    rows.push_back({problem.name(), fmt::format("{}", problem.size()), fmt::format("{}", problem.terminals.size()),
                    file.string()});
  }
  return layout_table(rows, {Align::left, Align::right, Align::right, Align::left});
}

std::string terminals_text(const std::vector<FoundProblem>& found) {
  std::map<std::string, std::size_t> counts;
  for (const FoundProblem& entry : found) {
    for (const std::string& terminal : entry.problem.terminals) {
      ++counts[terminal];
    }
  }
  std::vector<std::vector<std::string>> rows{{"terminal", "problems", "meaning"}};
  for (const auto& [terminal, count] : counts) {
    rows.push_back({terminal, fmt::format("{} of {}", count, found.size()), meaning_of(terminal)});
  }
  return layout_table(rows, {Align::left, Align::right, Align::left});
}

/// Adds `list WHAT`, which is over the problems found.
void add_listing(CLI::App& command, Action& action, const char* what, const char* help,
                 std::string (*render)(const std::vector<FoundProblem>&)) {
  auto folders = std::make_shared<std::vector<std::string>>();
  CLI::App& listing = *command.add_subcommand(what, help);
  add_data_option(listing, *folders);
  listing.callback([folders, render, &action] {
    action = [folders, render] {
      init_log({LogLevel::warning});
      print(render(find_problems(folders_to_search(*folders))));
      return 0;
    };
  });
}

}  // namespace

void add_list_command(CLI::App& program, Action& action) {
  CLI::App& command = *program.add_subcommand("list", "List what formulas can be made of and evolved on");
  command.require_subcommand(0, 1);
  command.callback([&command, &action] {
    if (command.get_subcommands().empty()) {
      action = []() -> int {
        throw InputError("list: expected what to list: primitives, spaces, proxies, graph, terminals or problems");
      };
    }
  });
  command.add_subcommand("primitives", "Primitives with their rules, and the named sets of them")->callback([&action] {
    action = [] {
      print(primitives_text());
      return 0;
    };
  });
  command.add_subcommand("spaces", "Search spaces with their sizes and an architecture of each")->callback([&action] {
    action = [] {
      print(spaces_text());
      return 0;
    };
  });
  command.add_subcommand("proxies", "Zero-cost proxies that zcmpi computes")->callback([&action] {
    action = [] {
      print(proxies_text());
      return 0;
    };
  });
  CLI::App& graph = *command.add_subcommand("graph", "Graph features of a search space, with those of an example");
  auto space = std::make_shared<std::string>();
  graph.add_option("SPACE", *space, "Search space (zcmpi list spaces)")->required();
  graph.callback([space, &action] {
    action = [space] {
      print(graph_features_text(*space));
      return 0;
    };
  });
  add_listing(command, action, "terminals", "Terminals of the problems that are found", terminals_text);
  add_listing(command, action, "problems", "Problems that are found in the data folders", problems_text);
}

}  // namespace zcmpi
