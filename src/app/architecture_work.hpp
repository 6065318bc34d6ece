/// \file
/// Many independent computations, such as one an architecture, dealt out to ranks as they get free.
///
/// Rank 0 deals and computes too. The first two items of each rank go by its number. When a rank begins an item it asks
/// for one behind the one it has in reserve, so that rank 0, which answers between its own items (and during them where
/// the computation lets it), has as long as an item takes. No rank has a thread for that, and hardly any waits but at
/// the end.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "zcmpi/island/communicator.hpp"

namespace zcmpi {

/// What rank 0 knows of the work of all ranks.
struct WorkDone {
  std::size_t items = 0;
  /// Items that ranks are likely to have done, in whole or in part, since they told last: a rank tells what it has done
  /// when it asks for more, and rank 0 may be at something long then. Ranks that have not told of any count as those
  /// that have.
  double not_reported = 0.0;
};

struct WorkOptions {
  /// Seconds after which no item is begun any more; nullopt: no limit.
  std::optional<double> seconds_limit{};
  /// On rank 0, before it deals an item: whether all shall stop, besides by a signal or the limit.
  std::function<bool()> stop_requested{};
  /// On rank 0, when it knows of more items that are done.
  std::function<void(const WorkDone& done)> on_progress{};
  /// Before a rank may have to wait for others: what it must not lose is to be on the disk by then.
  std::function<void()> before_waiting{};
};

enum class WorkEnd {
  finished,
  /// By a signal, by the limit, or by request.
  stopped,
};

/// The same on all ranks.
struct WorkOutcome {
  WorkEnd end = WorkEnd::finished;
  /// By all ranks.
  std::size_t done = 0;
  /// The signal that a rank was stopped by, or 0.
  int signal = 0;
};

/// Deals out the items 0 to items - 1, in order. One object for one run. Collective: construction, run.
class ArchitectureWork {
 public:
  /// The communicator must outlive the object.
  ArchitectureWork(const Communicator& world, std::size_t items, WorkOptions options = {});
  ~ArchitectureWork();
  ArchitectureWork(const ArchitectureWork&) = delete;
  ArchitectureWork& operator=(const ArchitectureWork&) = delete;

  /// Computes items on this rank until there are none left. A signal that asks for a stop (core/signals.hpp), on any
  /// rank, or the limit ends it after the items that are being computed; another rank that did not get the signal may
  /// begin two more. When `compute` or `before_waiting` throws on a rank, all stop likewise, and every rank throws as
  /// Communicator::agree does: what the others have computed is not lost.
  WorkOutcome run(const std::function<void(std::size_t item)>& compute);

  /// On rank 0: answers the ranks that have asked by now. To be called now and then during a long item. Does nothing on
  /// other ranks.
  void answer();

 private:
  using Clock = std::chrono::steady_clock;
  struct Mail;

  [[nodiscard]] bool is_first_rank() const { return world_.rank() == 0; }
  [[nodiscard]] double elapsed_seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  [[nodiscard]] bool shall_stop() const;
  /// On rank 0.
  [[nodiscard]] bool shall_stop_all();
  [[nodiscard]] std::optional<std::size_t> deal();
  [[nodiscard]] std::optional<std::size_t> take_from_reserve();
  /// Keeps what the action throws, the first time.
  void attempt(const std::function<void()>& action);
  void compute_one(std::size_t item, const std::function<void(std::size_t item)>& compute);
  void run_first_rank(const std::function<void(std::size_t item)>& compute);
  void run_other_rank(const std::function<void(std::size_t item)>& compute);
  void send_to_first_rank(bool leaves);
  void take_answer(bool shall_wait);
  void listen(std::size_t source);
  void take_message(std::size_t source);
  /// On rank 0.
  [[nodiscard]] WorkDone done_by_all() const;
  void report();

  const Communicator& world_;
  std::size_t items_;
  WorkOptions options_;
  Clock::time_point start_ = Clock::now();
  /// Of this rank, dealt and not begun.
  std::deque<std::size_t> reserve_;
  /// On rank 0, the first item that is not dealt.
  std::size_t next_ = 0;
  /// On rank 0, some rank has seen a reason to stop.
  bool stop_ = false;
  /// What `compute`, or what comes before waiting, threw on this rank.
  std::exception_ptr failure_;
  std::size_t done_here_ = 0;
  /// After how many seconds the last of them was.
  double seconds_here_ = 0.0;
  /// On rank 0, the same of all ranks, and how many still take part.
  std::vector<std::size_t> done_of_;
  std::vector<double> seconds_of_;
  /// And whether it will do no more.
  std::vector<bool> has_left_;
  std::size_t reported_ = 0;
  std::size_t present_ = 0;
  std::unique_ptr<Mail> mail_;
};

/// Collective. Rank 0's numbers on every rank: which items there are, or what a file holds, is one rank's to say, since
/// a folder may look different to another rank for a while.
template <class Number>
std::vector<Number> broadcast_numbers(const Communicator& world, const std::vector<Number>& numbers) {
  std::string text(numbers.size() * sizeof(Number), '\0');
  std::ranges::copy(std::as_bytes(std::span(numbers)), std::as_writable_bytes(std::span(text)).begin());
  text = world.broadcast(std::move(text));
  std::vector<Number> received(text.size() / sizeof(Number));
  std::ranges::copy(std::as_bytes(std::span(text)), std::as_writable_bytes(std::span(received)).begin());
  return received;
}

/// The places of `costs` from the largest to the smallest, equals in their order: dealt like this, no rank begins
/// something long when the others are about to finish.
std::vector<std::size_t> largest_first(std::span<const double> costs);

}  // namespace zcmpi
