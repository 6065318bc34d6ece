/// \file
/// The commands of the program. Each `add_*_command` declares its options; parsing the command line then puts what is
/// to be done into `action`, which returns the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "zcmpi/app/run_folder.hpp"
#include "zcmpi/data/problem.hpp"

namespace zcmpi {

using Action = std::function<int()>;

void add_evolve_command(CLI::App& program, Action& action, int argc, char** argv);
void add_eval_command(CLI::App& program, Action& action);
void add_features_command(CLI::App& program, Action& action, int argc, char** argv);
void add_import_command(CLI::App& program, Action& action);
void add_inspect_command(CLI::App& program, Action& action);
void add_list_command(CLI::App& program, Action& action);
void add_search_command(CLI::App& program, Action& action, int argc, char** argv);
void add_train_command(CLI::App& program, Action& action, int argc, char** argv);
void add_config_command(CLI::App& program, Action& action);

/// The option --data, which may be given more than once.
void add_data_option(CLI::App& command, std::vector<std::string>& folders);

/// The option --transform of commands that take a formula.
void add_transform_option(CLI::App& command, std::string& transform);

/// The option --seed of commands without a configuration: an integer from 0 to 2^63 - 1, as in configurations.
void add_seed_option(CLI::App& command, std::uint64_t& seed, const std::string& description);

/// An option that takes an integer from `least` to `most`; left out, the value stays what it is.
CLI::Option& add_size_option(CLI::App& command, const std::string& name, std::uint32_t& value, std::uint32_t most,
                             const std::string& description, std::uint32_t least = 1);

/// The option --max-hours of commands without a configuration.
void add_max_hours_option(CLI::App& command, double& hours);

/// The option --resume[=auto] of commands that compute a table bit by bit.
void add_resume_option(CLI::App& command, std::string& text);
/// What its text means. Throws InputError.
ResumeMode to_resume_mode(const std::string& text);

/// Where a command without a configuration looks for problems, the folders of --data first.
std::vector<std::filesystem::path> folders_to_search(const std::vector<std::string>& given);

/// The problems of all references, in order. Throws InputError.
std::vector<Problem> load_all(const std::vector<std::string>& references, const std::vector<std::string>& folders);

/// Writes to standard output; throws std::runtime_error when it does not take it (a full disk).
void print(const std::string& text);

}  // namespace zcmpi
