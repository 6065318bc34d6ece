#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <span>

#include "commands.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/data/nbsz.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

struct Arguments {
  std::string file;
  std::string out;
  std::string space;
  std::string task;
};

/// One table of all problems; or, if `out` is a folder, one table a problem under the name by which configurations look
/// for it.
int write_and_report(const std::string& out, const std::vector<Problem>& problems) {
  const bool into_folder = std::filesystem::is_directory(out);
  if (!into_folder) {
    write_table(out, problems);
  }
  for (const Problem& problem : problems) {
    auto table = std::filesystem::path(out);
    if (into_folder) {
      table /= fmt::format("{}_{}.h5", problem.space, problem.task);
      write_table(table, std::span(&problem, 1));
    }
    print(fmt::format("{}:{}: {} architectures, {} terminals\n", table.string(), problem.name(), problem.size(),
                      problem.terminals.size()));
  }
  return 0;
}

}  // namespace

void add_import_command(CLI::App& program, Action& action) {
  CLI::App& command = *program.add_subcommand("import", "Make a feature table (HDF5) of other files");
  command.require_subcommand(1);
  auto arguments = std::make_shared<Arguments>();

  CLI::App& nbsz = *command.add_subcommand("nbsz", "From a JSON file of NAS-Bench-Suite-Zero, in any of its schemas");
  nbsz.add_option("FILE", arguments->file, "The JSON file")->required();
  nbsz.add_option("--out", arguments->out, "The table to write; a folder: a table <space>_<task>.h5 a problem")
      ->required()
      ->type_name("T.h5");
  nbsz.add_option("--space", arguments->space, "Search space, where neither the file nor its name tells it")
      ->type_name("S");
  nbsz.add_option("--task", arguments->task, "Task, where the file does not tell it")->type_name("T");
  nbsz.callback([arguments, &action] {
    action = [arguments] {
      init_log({LogLevel::warning});
      return write_and_report(arguments->out, read_nbsz(arguments->file, {arguments->space, arguments->task}));
    };
  });

  CLI::App& csv = *command.add_subcommand(
      "csv", "From a CSV file whose header is arch,<terminals...>,val_accuracy[,test_accuracy]");
  csv.add_option("FILE", arguments->file, "The CSV file")->required();
  csv.add_option("--space", arguments->space, "Search space")->required()->type_name("S");
  csv.add_option("--task", arguments->task, "Task")->required()->type_name("T");
  csv.add_option("--out", arguments->out, "The table to write; a folder: a table <space>_<task>.h5 a problem")
      ->required()
      ->type_name("T.h5");
  csv.callback([arguments, &action] {
    action = [arguments] {
      init_log({LogLevel::warning});
      return write_and_report(arguments->out, {read_csv(arguments->file, arguments->space, arguments->task)});
    };
  });
}

}  // namespace zcmpi
