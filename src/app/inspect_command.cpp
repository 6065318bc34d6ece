#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>

#include "commands.hpp"
#include "text_layout.hpp"
#include "zcmpi/app/progress.hpp"
#include "zcmpi/app/run_folder.hpp"
#include "zcmpi/checkpoint/checkpoint.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/hash.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/data/feature_cache.hpp"
#include "zcmpi/data/summary.hpp"
#include "zcmpi/data/table.hpp"
#include "zcmpi/expr/text.hpp"

namespace zcmpi {
namespace {

/// A file that has a checkpoint's name, perhaps as one that was set aside, is one even if it is too damaged to say so.
bool is_checkpoint(const std::filesystem::path& file) {
  if (!is_file(file)) {
    return false;
  }
  const auto name = file.filename().string();
  if (name.starts_with("ckpt-") && name.find(".h5") != std::string::npos) {
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
    const auto parts = split_at_commas(found->second);
    names.assign(parts.begin(), parts.end());
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

/// Mean over the cells for which it was measured; "-" where it was for none.
std::string mean_seconds(std::span<const ComputedTable::Cell> cells) {
  double sum = 0.0;
  std::size_t known = 0;
  for (const auto& cell : cells) {
    if (!std::isnan(cell.seconds)) {
      sum += cell.seconds;
      ++known;
    }
  }
  return known == 0 ? std::string("-") : fmt::format("{:.6g}", sum / static_cast<double>(known));
}

std::string cache_text(const std::filesystem::path& path) {
  const auto [settings, table] = read_cache_file(path);
  std::vector<std::vector<std::string>> rows{{"architectures", fmt::format("{}", table.architectures().size())},
                                             {"settings", ""}};
  for (const auto& [key, value] : settings) {
    rows.push_back({"  " + key, value});
  }
  std::vector<std::vector<std::string>> columns{{"column", "values", "missing", "not computed", "seconds"}};
  for (std::size_t i = 0; i < table.columns().size(); ++i) {
    const auto cells = table.column(i);
    const auto count = [&](ComputedTable::State state) {
      return fmt::format("{}", std::ranges::count(cells, state, &ComputedTable::Cell::state));
    };
    columns.push_back({table.columns()[i], count(ComputedTable::State::value), count(ComputedTable::State::missing),
                       count(ComputedTable::State::not_computed), mean_seconds(cells)});
  }
  return fmt::format("feature cache {}, whole\n{}\n{}", path.string(), layout_table(rows, {Align::left, Align::left}),
                     layout_table(columns, {Align::left, Align::right, Align::right, Align::right, Align::right}));
}

/// Of what is there and cannot be inspected: why, and what can be.
std::string refusal_of(const std::filesystem::path& path) {
  const bool is_a_folder = is_folder(path);
  const RunFolder run{path};
  const bool is_run = is_a_folder && run.is_used();
  const auto checkpoints = is_run ? list_checkpoints(run.checkpoints()) : std::vector<std::filesystem::path>();
  return fmt::format(
      "not a table, a checkpoint or a feature cache ({}): {}; inspect a .h5 or .csv table, a checkpoint ({}) or a "
      "feature cache{}",
      path.string(),
      is_run        ? "it is a run's folder"
      : is_a_folder ? "it is a folder"
                    : "its name ends in neither .h5 nor .csv",
      checkpoints.empty() ? "RUN/checkpoints/ckpt-*.h5" : checkpoints.front().string(),
      path.filename() == "result.json" ? fmt::format("; zcmpi eval @{} reads the formula", path.string()) : "");
}

std::string description_of(const std::string& file, const std::vector<std::string>& folders) {
  if (is_checkpoint(file)) {
    return checkpoint_text(file);
  }
  if (is_cache_file(file)) {
    return cache_text(file);
  }
  try {
    return describe(load_all({file}, folders));
  } catch (const TableNotFound&) {
    if (path_exists(file)) {
      throw InputError(refusal_of(file));
    }
    throw;
  }
}

}  // namespace

void add_inspect_command(CLI::App& program, Action& action) {
  CLI::App& command = *program.add_subcommand("inspect", "Show what a table, a checkpoint or a feature cache holds");
  auto file = std::make_shared<std::string>();
  auto folders = std::make_shared<std::vector<std::string>>();
  command.add_option("FILE", *file, "T.h5, T.h5:space/task, a CSV file, a checkpoint, or a feature cache")->required();
  add_data_option(command, *folders);
  command.callback([file, folders, &action] {
    action = [file, folders] {
      init_log({LogLevel::warning});
      print(description_of(*file, *folders));
      return 0;
    };
  });
}

}  // namespace zcmpi
