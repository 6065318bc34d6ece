/// \file
/// The ranks' reports, exchanged while they go on.
#pragma once

#include <mpi.h>

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "zcmpi/island/archipelago.hpp"
#include "zcmpi/island/communicator.hpp"

namespace zcmpi {

/// One exchange is under way at a time. Collective: all ranks post and complete in the same order.
class ReportExchange {
 public:
  /// The communicator must outlive the exchange.
  explicit ReportExchange(const Communicator& communicator);
  ~ReportExchange();
  ReportExchange(const ReportExchange&) = delete;
  ReportExchange& operator=(const ReportExchange&) = delete;

  /// Starts to tell all ranks. Requires that no exchange is under way.
  void post(const RankReport& report);
  [[nodiscard]] bool is_under_way() const { return under_way_; }
  /// Waits for the exchange under way; the reports, ordered by rank, are valid until the next post.
  std::span<const RankReport> complete();

 private:
  /// What MPI reads and writes while an exchange is under way.
  struct Traffic {
    RankReport own;
    std::vector<RankReport> all;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  const Communicator& communicator_;
  std::unique_ptr<Traffic> traffic_ = std::make_unique<Traffic>();
  bool under_way_ = false;
};

/// The strongest wish of the reports.
Wish strongest_wish(std::span<const RankReport> reports);

/// Best and median fitness and the counters of a rank's islands. Without islands the best is -infinity and the median
/// NaN.
RankReport make_report(std::span<const Island> islands, std::uint32_t generation, Wish wish);

}  // namespace zcmpi
