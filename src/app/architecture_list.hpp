/// \file
/// Which architectures a command is about, as people write it.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zcmpi/data/problem.hpp"
#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {

/// Reads what --archs takes:
/// - `all`: the whole space;
/// - `random:N` or `random:N:SEED`: N different ones, each as likely (seed 1 unless given);
/// - a table: T.h5, T.h5:space/task, a .csv file with a column `arch`, or the name of a table in one of `folders`;
/// - any other file: an architecture a line, in any form of the space; empty lines and those that begin with # are left
///   out.
/// Each architecture comes once, as the space prints it, in the order given. Throws InputError that names `setting`, by
/// which a person wrote it, or the file and the line.
std::vector<std::string> list_architectures(const SearchSpace& space, const std::string& spec,
                                            std::span<const std::filesystem::path> folders,
                                            std::string_view setting = "--archs");

/// The same, but `random` draws among the architectures of `known`, all of which have an accuracy: of the whole space
/// many might have none. Their order there does not matter. `where` is for the message.
std::vector<std::string> list_architectures(const SearchSpace& space, const std::string& spec,
                                            std::span<const std::filesystem::path> folders, const Problem& known,
                                            const std::string& where, std::string_view setting = "--archs");

/// Those of a problem; `where` is for the message.
std::vector<std::string> list_architectures(const SearchSpace& space, const Problem& problem, const std::string& where);

/// As text: whether ranks, or a run and its checkpoint, have the same list.
std::string digest_of_architectures(std::span<const std::string> architectures);

}  // namespace zcmpi
