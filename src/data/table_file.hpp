/// \file
/// Parts of reading a table that finding problems by name needs too.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "zcmpi/data/problem.hpp"

namespace zcmpi {

/// The names of the problems of a table, in order. Throws InputError as read_table does.
std::vector<std::string> problem_names(const std::filesystem::path& path);

/// One problem of a table that has it. Throws InputError as read_table does.
Problem read_problem(const std::filesystem::path& path, const std::string& name);

}  // namespace zcmpi
