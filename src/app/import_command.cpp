#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "commands.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/core/log.hpp"
#include "zcmpi/core/text.hpp"
#include "zcmpi/data/nbsz.hpp"
#include "zcmpi/data/table.hpp"
#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {
namespace {

struct Arguments {
  std::string file;
  std::string out;
  std::string space;
  std::string task;
  CsvColumns columns;
  bool replace = false;
};

/// `out` with the name of each problem's own table, if it is a folder: whatever does not end in .h5.
std::filesystem::path table_for(const std::filesystem::path& out, const Problem& problem) {
  return out.extension() == ".h5" ? out : out / fmt::format("{}_{}.h5", problem.space, problem.task);
}

/// What import writes must not be there yet: it may be anything.
void check_new(const std::filesystem::path& table, bool replace) {
  if (!replace && path_exists(table)) {
    throw InputError(
        fmt::format("the table is already there ({}): name another, or replace it with --replace", table.string()));
  }
}

/// One table of all problems; or, if `out` is a folder, one table a problem under the name by which configurations look
/// for it.
int write_and_report(const std::filesystem::path& out, bool replace, const std::vector<Problem>& problems) {
  const bool into_folder = out.extension() != ".h5";
  for (const Problem& problem : problems) {
    check_new(table_for(out, problem), replace);
  }
  if (into_folder) {
    make_named_folder(out, "name another with --out");
  } else {
    if (out.has_parent_path()) {
      make_named_folder(out.parent_path(), "name another with --out");
    }
    write_table(out, problems);
  }
  for (const Problem& problem : problems) {
    const auto table = table_for(out, problem);
    if (into_folder) {
      write_table(table, std::span(&problem, 1));
    }
    print(fmt::format("{}:{}: {}, {}\n", table.string(), problem.name(), count_of(problem.size(), "architecture"),
                      count_of(problem.terminals.size(), "terminal")));
  }
  return 0;
}

/// Formulas can be evolved for any names; but what computes features of a space takes only its architectures.
void warn_of_foreign_architectures(const Problem& problem) {
  const auto spaces = search_spaces();
  const auto space =
      std::ranges::find(spaces, std::string_view(problem.space), [](const auto& known) { return known->name(); });
  if (space == spaces.end()) {
    return;
  }
  std::size_t foreign = 0;
  std::string first;
  for (const auto& architecture : problem.architectures) {
    try {
      static_cast<void>((*space)->parse(architecture));
    } catch (const InputError& error) {
      if (++foreign == 1) {
        first = error.what();
      }
    }
  }
  if (foreign > 0) {
    log_warning(fmt::format("{} of {} architectures are none of {}, for features and search of no use: {}", foreign,
                            problem.size(), problem.space, first));
  }
}

void add_output_options(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--out", arguments.out,
                  "The table to write, *.h5; or a folder, for a table <space>_<task>.h5 a problem, as configurations "
                  "look for them")
      ->required()
      ->type_name("T.h5|DIR");
  command.add_flag("--replace", arguments.replace, "Replace tables that are already there");
}

}  // namespace

void add_import_command(CLI::App& program, Action& action) {
  CLI::App& command = *program.add_subcommand("import", "Make a feature table (HDF5) of other files");
  command.require_subcommand(1);
  auto arguments = std::make_shared<Arguments>();

  CLI::App& nbsz = *command.add_subcommand("nbsz", "From a JSON file of NAS-Bench-Suite-Zero, in any of its schemas");
  nbsz.add_option("FILE", arguments->file, "The JSON file")->required();
  add_output_options(nbsz, *arguments);
  nbsz.add_option("--space", arguments->space, "Search space, where neither the file nor its name tells it")
      ->type_name("S");
  nbsz.add_option("--task", arguments->task, "Task, where the file does not tell it")->type_name("T");
  nbsz.callback([arguments, &action] {
    action = [arguments] {
      init_log({LogLevel::warning});
      return write_and_report(arguments->out, arguments->replace,
                              read_nbsz(arguments->file, {arguments->space, arguments->task}));
    };
  });

  CLI::App& csv = *command.add_subcommand(
      "csv",
      "From a CSV file whose header is arch,<terminals...>,val_accuracy[,test_accuracy]; other names can be told");
  csv.add_option("FILE", arguments->file, "The CSV file")->required();
  csv.add_option("--space", arguments->space, "Search space")->required()->type_name("S");
  csv.add_option("--task", arguments->task, "Task")->required()->type_name("T");
  csv.add_option("--arch", arguments->columns.architecture, "The column of the architectures [arch]")
      ->type_name("COLUMN");
  csv.add_option("--val-accuracy", arguments->columns.val_accuracy, "That of the validation accuracies [val_accuracy]")
      ->type_name("COLUMN");
  csv.add_option("--test-accuracy", arguments->columns.test_accuracy,
                 "That of the test accuracies [test_accuracy, if there is one]")
      ->type_name("COLUMN");
  csv.add_option("--leave-out", arguments->columns.left_out,
                 "Columns that are no terminals, such as other accuracies, between commas")
      ->delimiter(',')
      ->type_name("COLUMNS");
  add_output_options(csv, *arguments);
  csv.callback([arguments, &action] {
    action = [arguments] {
      init_log({LogLevel::warning});
      const Problem problem = read_csv(arguments->file, arguments->space, arguments->task, arguments->columns);
      warn_of_foreign_architectures(problem);
      return write_and_report(arguments->out, arguments->replace, {problem});
    };
  });
}

}  // namespace zcmpi
