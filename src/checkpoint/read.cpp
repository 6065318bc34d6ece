#include <algorithm>
#include <functional>

#include "file.hpp"
#include "zcmpi/checkpoint/checkpoint.hpp"

namespace zcmpi {
namespace {

/// Collective. As Communicator::agree, for an action that throws CheckpointError.
void agree_on_checkpoint(const Communicator& communicator, const std::function<void()>& action) {
  double damaged = 0.0;
  bool is_unusable = false;
  int failed_rank = 0;
  std::string message;
  try {
    communicator.agree([&] {
      try {
        action();
      } catch (const CheckpointError& error) {
        damaged = error.damaged() ? 1.0 : 0.0;
        throw;
      }
    });
  } catch (const InputError& error) {
    is_unusable = true;
    message = error.what();
    const auto* agreed = dynamic_cast<const AgreedFailure*>(&error);
    failed_rank = agreed != nullptr ? agreed->failed_rank() : 0;
  }
  if (is_unusable) {
    throw Agreed<CheckpointError>(failed_rank, message, communicator.max(damaged) > 0.0);
  }
}

}  // namespace

std::vector<IslandSnapshot> read_checkpoint(Communicator& communicator, const std::filesystem::path& path) {
  std::vector<IslandSnapshot> snapshots;
  agree_on_checkpoint(communicator, [&] {
    CheckpointFile file(path);
    const IslandRange range = islands_of_rank(file.header().islands, communicator.size(), communicator.rank());
    for (std::uint32_t i = 0; i < range.count; ++i) {
      snapshots.push_back(file.read_island(range.first + i));
    }
  });
  return snapshots;
}

CheckpointHeader read_checkpoint_header(const std::filesystem::path& path) { return CheckpointFile(path).header(); }

void verify_checkpoint(const std::filesystem::path& path) {
  CheckpointFile file(path);
  for (std::uint32_t number = 0; number < file.header().islands; ++number) {
    static_cast<void>(file.read_island(number));
  }
}

std::vector<IslandSnapshot> read_all_islands(const std::filesystem::path& path) {
  CheckpointFile file(path);
  std::vector<IslandSnapshot> snapshots;
  for (std::uint32_t number = 0; number < file.header().islands; ++number) {
    snapshots.push_back(file.read_island(number));
  }
  return snapshots;
}

}  // namespace zcmpi
