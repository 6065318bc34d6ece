/// \file
/// What happens around a run's generations: progress, metrics, stopping, checkpoints.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "progress_output.hpp"
#include "time_limit.hpp"
#include "zcmpi/app/configuration.hpp"
#include "zcmpi/app/progress.hpp"
#include "zcmpi/app/result.hpp"
#include "zcmpi/app/run_folder.hpp"
#include "zcmpi/island/archipelago.hpp"

namespace zcmpi {

/// Writes one checkpoint; collective.
using CheckpointWriter = std::function<void(const Archipelago&)>;

/// WHEN to stop, save and show; HOW is the archipelago's, the checkpoint module's and ProgressDisplay's. One per rank;
/// rank 0 writes the files. Requests by signal may reach any rank, those by file or time are rank 0's to see.
class EvolveObserver : public RunObserver {
 public:
  /// What was done before the first generation of this part of the run.
  struct Before {
    std::uint32_t generation = 0;
    /// Formulas that all ranks had evaluated.
    std::uint64_t evaluations = 0;
  };

  /// The folder, the communicator and the configuration must outlive the observer.
  EvolveObserver(const Communicator& communicator, const RunFolder& folder, const Configuration& configuration,
                 const Before& before, const TimeLimit& limit, CheckpointWriter write_checkpoint);
  ~EvolveObserver() override { finish(); }
  EvolveObserver(const EvolveObserver&) = delete;
  EvolveObserver& operator=(const EvolveObserver&) = delete;

  Wish after_generation(const Archipelago& archipelago) override;
  void on_reports(std::span<const RankReport> reports) override;
  void on_migration(std::span<const MigrationRecord> records) override;
  void on_checkpoint(const Archipelago& archipelago) override;

  /// Why a stop was wished for; StoppedBy::generations while none was. On rank 0 alone it knows of other ranks' wishes,
  /// and then takes a signal for the cause.
  [[nodiscard]] StoppedBy stopped_by() const { return stopped_by_; }
  /// Removes the progress line from the terminal; so does the destructor, when the run ends by an error.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] bool is_first_rank() const { return communicator_.rank() == 0; }
  Wish requested_by_file();
  void flush_lines();
  /// What a checkpoint supposes to be there: a power cut must not take the lines and leave the checkpoint.
  void sync_lines() const;
  /// A wish to stop, of which the first cause is remembered.
  Wish stop_for(StoppedBy cause);

  const Communicator& communicator_;
  const RunFolder& folder_;
  const Configuration& configuration_;
  CheckpointWriter write_checkpoint_;
  Before before_;
  TimeLimit limit_;
  Clock::time_point last_checkpoint_ = Clock::now();
  /// What the last one took.
  double checkpoint_seconds_ = 0.0;
  /// For requests. The first is due at once: one may lie there since features were computed.
  std::optional<Clock::time_point> last_look_;
  StoppedBy stopped_by_ = StoppedBy::generations;
  ProgressOutput progress_;
  /// Lines of this rank that are not yet in the files.
  std::string metrics_;
  std::string migrations_;
  /// By the clock of the first rank's reports.
  double flushed_seconds_ = 0.0;
};

}  // namespace zcmpi
