#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <sstream>

#include "commands.hpp"
#include "text_layout.hpp"
#include "zcmpi/app/progress.hpp"
#include "zcmpi/checkpoint/checkpoint.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/data/summary.hpp"
#include "zcmpi/expr/text.hpp"

namespace zcmpi {
namespace {

/// A file that has a checkpoint's name is one even if it is too damaged to say so.
bool is_checkpoint(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file) || file.extension() != ".h5") {
    return false;
  }
  if (file.filename().string().starts_with("ckpt-")) {
    return true;
  }
  try {
    read_checkpoint_header(file);
    return true;
  } catch (const CheckpointError&) {
    return false;
  }
}

/// The names that the formulas' terminals have in the run, as far as the checkpoint tells; else their numbers.
std::vector<std::string> terminal_names(const CheckpointHeader& header) {
  std::vector<std::string> names;
  if (const auto found = header.settings.find("terminals"); found != header.settings.end()) {
    std::istringstream stream(found->second);
    for (std::string name; std::getline(stream, name, ',');) {
      names.push_back(name);
    }
  }
  return names;
}

/// Names for all terminals that a formula reads.
std::vector<std::string> names_for(FormulaView formula, std::vector<std::string> names) {
  for (const Node& node : formula) {
    while (node.op == Op::terminal && names.size() <= node.number) {
      names.push_back(fmt::format("terminal_{}", names.size()));
    }
  }
  return names;
}

/// The best formula of every size over all islands.
std::string hall_of_fame_text(const CheckpointHeader& header, const std::vector<IslandSnapshot>& islands) {
  const std::vector<std::string> names = terminal_names(header);
  std::vector<std::vector<std::string>> rows{{"size", "fitness", "formula"}};
  for (std::size_t place = 0; place < header.shape.max_nodes; ++place) {
    const Population* best = nullptr;
    for (const IslandSnapshot& island : islands) {
      const Population& hall = island.state.hall_of_fame;
      if (place < hall.size() && !hall.formula(place).empty() &&
          (best == nullptr || is_better(hall, place, *best, place))) {
        best = &hall;
      }
    }
    if (best != nullptr) {
      const FormulaView formula = best->formula(place);
      rows.push_back({fmt::format("{}", formula.size()), fmt::format("{:.4f}", best->fitness(place)),
                      to_infix(formula, names_for(formula, names))});
    }
  }
  return layout_table(rows, {Align::right, Align::right, Align::left});
}

std::string checkpoint_text(const std::filesystem::path& path) {
  const CheckpointHeader header = read_checkpoint_header(path);
  const std::vector<IslandSnapshot> islands = read_all_islands(path);
  std::string text = fmt::format("checkpoint {}, whole\n", path.string());
  std::vector<std::vector<std::string>> rows{
      {"generation", fmt::format("{}", header.generation)},
      {"seed", fmt::format("{}", header.seed)},
      {"islands", fmt::format("{} of {} formulas", header.islands, header.population)},
      {"run time so far", describe_duration(header.wall_seconds)},
      {"written by", fmt::format("zcmpi {}, formula language {}", header.program_version, header.formula_language)},
      {"data", digest_to_text(header.data_digest)}};
  for (const auto& [name, digest] : header.data_parts) {
    rows.push_back({"  " + name, digest});
  }
  rows.push_back({"settings", ""});
  for (const auto& [key, value] : header.settings) {
    rows.push_back({"  " + key, value});
  }
  return text + layout_table(rows, {Align::left, Align::left}) + "\n" + hall_of_fame_text(header, islands);
}

}  // namespace

void add_inspect_command(CLI::App& program, Action& action) {
  CLI::App& command = *program.add_subcommand("inspect", "Show what a table or a checkpoint holds");
  auto file = std::make_shared<std::string>();
  auto folders = std::make_shared<std::vector<std::string>>();
  command.add_option("FILE", *file, "T.h5, T.h5:space/task, a CSV file, or a checkpoint")->required();
  add_data_option(command, *folders);
  command.callback([file, folders, &action] {
    action = [file, folders] {
      init_log({LogLevel::warning});
      print(is_checkpoint(*file) ? checkpoint_text(*file) : describe(load_all({*file}, *folders)));
      return 0;
    };
  });
}

}  // namespace zcmpi
