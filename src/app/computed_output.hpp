/// \file
/// The output of a command that computes a table bit by bit: the table, and beside it, in `<table>.cache`, what each
/// rank has computed so far, so that a stopped or killed command goes on.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "earlier_table.hpp"
#include "zcmpi/app/run_folder.hpp"
#include "zcmpi/core/file_lock.hpp"
#include "zcmpi/data/feature_cache.hpp"

namespace zcmpi {

/// What differs, between commas: settings there, that were found, and settings here; empty when nothing does.
std::string describe_differences(const CacheSettings& there, const CacheSettings& here);

/// Throws InputError unless the table's name ends in .h5.
void check_table_name(const std::filesystem::path& table);

/// Throws InputError unless a wall time limit is a number of at least 0.
void check_max_hours(double hours);

/// Throws InputError unless a table can hold a problem of this name: better before the work than after it.
void check_problem_name(const std::string& space, const std::string& task);

/// Where the ranks keep what they have computed until, and after, the table is written.
std::filesystem::path cache_folder_of(const std::filesystem::path& table);

struct ClaimedOutput {
  /// Holds the table and its caches against another zcmpi for as long as it lives.
  FileLock lock;
  EarlierTable before;
};

/// For one rank to call: makes sure that what is on the disk is what `resume` wants to find there, for a table of this
/// source (its provenance's) and space, makes the folder of caches and takes its lock. Throws InputError; for caches of
/// other settings it names the difference.
ClaimedOutput claim_output(const std::filesystem::path& table, ResumeMode resume, std::string_view source,
                           std::string_view space, const CacheSettings& settings);

}  // namespace zcmpi
