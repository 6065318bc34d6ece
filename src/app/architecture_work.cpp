#include "architecture_work.hpp"

#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>

#include "zcmpi/core/log.hpp"
#include "zcmpi/core/signals.hpp"

namespace zcmpi {
namespace {

constexpr int request_tag = 11;
constexpr int item_tag = 12;
/// Answers that are no items: there are none left, or all shall stop.
constexpr std::int64_t no_item = -1;
constexpr std::int64_t stop_now = -2;
/// How many items a rank has from the start.
constexpr std::size_t dealt_at_first = 2;

/// From a rank to rank 0: how many it has done; after how many nanoseconds the last of them was; whether it asks for an
/// item (0) or leaves (1); whether it wants all to stop (1).
using Message = std::array<std::int64_t, 4>;
constexpr double nanoseconds = 1e9;

}  // namespace

/// What MPI may still read or write: it outlives the object when an exception leaves messages under way.
struct ArchitectureWork::Mail {
  /// On rank 0: one a rank.
  std::vector<Message> from_ranks;
  std::vector<MPI_Request> receives;
  std::vector<std::int64_t> to_ranks;
  std::vector<MPI_Request> sends;
  /// On the others.
  Message message{};
  MPI_Request message_sent = MPI_REQUEST_NULL;
  std::int64_t item = no_item;
  MPI_Request item_received = MPI_REQUEST_NULL;
  /// Whether rank 0 may have items left.
  bool has_more = true;

  [[nodiscard]] bool is_under_way() const {
    const auto open = [](MPI_Request request) { return request != MPI_REQUEST_NULL; };
    return std::ranges::any_of(receives, open) || std::ranges::any_of(sends, open) || open(message_sent) ||
           open(item_received);
  }
};

ArchitectureWork::ArchitectureWork(const Communicator& world, std::size_t items, WorkOptions options)
    : world_(world), items_(items), options_(std::move(options)), mail_(std::make_unique<Mail>()) {
  const auto ranks = static_cast<std::size_t>(world_.size());
  done_of_.resize(ranks);
  has_left_.resize(ranks);
  seconds_of_.resize(ranks);
  present_ = ranks;
  next_ = std::min(items_, dealt_at_first * ranks);
  for (auto item = static_cast<std::size_t>(world_.rank()); item < next_; item += ranks) {
    reserve_.push_back(item);
  }
  if (is_first_rank()) {
    mail_->from_ranks.resize(ranks);
    mail_->receives.resize(ranks, MPI_REQUEST_NULL);
    mail_->to_ranks.resize(ranks, no_item);
    mail_->sends.resize(ranks, MPI_REQUEST_NULL);
    for (std::size_t rank = 1; rank < ranks; ++rank) {
      listen(rank);
    }
  }
}

ArchitectureWork::~ArchitectureWork() {
  // Only an exception leaves messages under way, and waiting for ranks that may have failed could take for ever.
  if (mail_->is_under_way()) {
    static_cast<void>(mail_.release());
  }
}

bool ArchitectureWork::shall_stop() const {
  return failure_ || ScopedStopSignals::requested_by() != 0 ||
         (options_.seconds_limit && elapsed_seconds() >= *options_.seconds_limit);
}

bool ArchitectureWork::shall_stop_all() {
  stop_ = stop_ || shall_stop() || (options_.stop_requested && options_.stop_requested());
  return stop_;
}

std::optional<std::size_t> ArchitectureWork::deal() {
  return shall_stop_all() || next_ == items_ ? std::nullopt : std::optional(next_++);
}

std::optional<std::size_t> ArchitectureWork::take_from_reserve() {
  if (reserve_.empty()) {
    return std::nullopt;
  }
  const std::size_t item = reserve_.front();
  reserve_.pop_front();
  return item;
}

WorkDone ArchitectureWork::done_by_all() const {
  WorkDone all{.items = std::accumulate(done_of_.begin(), done_of_.end(), std::size_t{0})};
  const double now = elapsed_seconds();
  double not_reported = 0.0;
  double likely_of_told = 0.0;
  double told = 0.0;
  double silent = 0.0;
  for (std::size_t rank = 0; rank < done_of_.size(); ++rank) {
    if (has_left_[rank]) {
      continue;
    }
    if (done_of_[rank] == 0) {
      ++silent;
      continue;
    }
    // Clocks of ranks do not begin at the same moment.
    const auto done = static_cast<double>(done_of_[rank]);
    const double likely = done * std::max(1.0, now / std::max(seconds_of_[rank], 1.0 / nanoseconds));
    not_reported += likely - done;
    likely_of_told += likely;
    ++told;
  }
  if (told > 0.0) {
    not_reported += silent * (likely_of_told / told);
  }
  all.not_reported = std::min(not_reported, static_cast<double>(items_ - all.items));
  return all;
}

void ArchitectureWork::report() {
  done_of_[0] = done_here_;
  seconds_of_[0] = seconds_here_;
  const auto done = done_by_all();
  if (done.items != reported_ && options_.on_progress) {
    options_.on_progress(done);
  }
  reported_ = done.items;
}

void ArchitectureWork::compute_one(std::size_t item, const std::function<void(std::size_t item)>& compute) {
  attempt([&] {
    compute(item);
    ++done_here_;
    seconds_here_ = elapsed_seconds();
  });
}

void ArchitectureWork::attempt(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    if (!failure_ && world_.size() > 1) {
      // The others may be at something long, and the job may be ended before they are done.
      log_error(std::string(error.what()) + " (all ranks stop after what they are at)");
      flush_log();
    }
    failure_ = failure_ ? failure_ : std::current_exception();
  }
}

void ArchitectureWork::listen(std::size_t source) {
  MPI_Irecv(mail_->from_ranks[source].data(), static_cast<int>(mail_->from_ranks[source].size()), MPI_INT64_T,
            static_cast<int>(source), request_tag, world_.native(), &mail_->receives[source]);
}

void ArchitectureWork::take_message(std::size_t source) {
  const auto [done, after, leaves, wants_stop] = mail_->from_ranks[source];
  done_of_[source] = static_cast<std::size_t>(done);
  seconds_of_[source] = static_cast<double>(after) / nanoseconds;
  stop_ = stop_ || wants_stop != 0;
  if (leaves != 0) {
    has_left_[source] = true;
    --present_;
    return;
  }
  // The rank asks again only when it has the answer, so this waits for nothing.
  MPI_Wait(&mail_->sends[source], MPI_STATUS_IGNORE);
  const auto item = deal();
  mail_->to_ranks[source] = item ? static_cast<std::int64_t>(*item) : (stop_ ? stop_now : no_item);
  MPI_Isend(&mail_->to_ranks[source], 1, MPI_INT64_T, static_cast<int>(source), item_tag, world_.native(),
            &mail_->sends[source]);
  listen(source);
}

void ArchitectureWork::answer() {
  if (!is_first_rank()) {
    return;
  }
  for (std::size_t source = 1; source < mail_->receives.size(); ++source) {
    int arrived = mail_->receives[source] != MPI_REQUEST_NULL ? 1 : 0;
    if (arrived != 0) {
      MPI_Test(&mail_->receives[source], &arrived, MPI_STATUS_IGNORE);
    }
    if (arrived != 0) {
      take_message(source);
    }
  }
  report();
}

void ArchitectureWork::run_first_rank(const std::function<void(std::size_t item)>& compute) {
  while (!shall_stop_all()) {
    auto item = take_from_reserve();
    if (!item) {
      item = deal();
    }
    if (!item) {
      break;
    }
    compute_one(*item, compute);
    answer();
  }
  has_left_[0] = true;
  if (present_ > 1 && options_.before_waiting) {
    attempt(options_.before_waiting);
  }
  while (present_ > 1) {
    int source = 0;
    MPI_Waitany(static_cast<int>(mail_->receives.size()), mail_->receives.data(), &source, MPI_STATUS_IGNORE);
    take_message(static_cast<std::size_t>(source));
    report();
  }
  if (!mail_->sends.empty() && !world_.is_serial()) {
    MPI_Waitall(static_cast<int>(mail_->sends.size()), mail_->sends.data(), MPI_STATUSES_IGNORE);
  }
}

void ArchitectureWork::send_to_first_rank(bool leaves) {
  MPI_Wait(&mail_->message_sent, MPI_STATUS_IGNORE);
  mail_->message = {static_cast<std::int64_t>(done_here_), static_cast<std::int64_t>(seconds_here_ * nanoseconds),
                    leaves ? 1 : 0, shall_stop() ? 1 : 0};
  if (!leaves) {
    MPI_Irecv(&mail_->item, 1, MPI_INT64_T, 0, item_tag, world_.native(), &mail_->item_received);
  }
  MPI_Isend(mail_->message.data(), static_cast<int>(mail_->message.size()), MPI_INT64_T, 0, request_tag,
            world_.native(), &mail_->message_sent);
}

/// Puts the item that was asked for into the reserve, if it is there or `shall_wait`. An answer that is no item ends
/// the asking; one that tells to stop gives up the reserve too.
void ArchitectureWork::take_answer(bool shall_wait) {
  if (mail_->item_received == MPI_REQUEST_NULL) {
    return;
  }
  int arrived = 0;
  MPI_Test(&mail_->item_received, &arrived, MPI_STATUS_IGNORE);
  if (arrived == 0 && shall_wait) {
    if (options_.before_waiting) {
      attempt(options_.before_waiting);
    }
    MPI_Wait(&mail_->item_received, MPI_STATUS_IGNORE);
    arrived = 1;
  }
  if (arrived == 0) {
    return;
  }
  if (mail_->item >= 0) {
    reserve_.push_back(static_cast<std::size_t>(mail_->item));
  } else {
    mail_->has_more = false;
  }
  if (mail_->item == stop_now) {
    reserve_.clear();
  }
}

void ArchitectureWork::run_other_rank(const std::function<void(std::size_t item)>& compute) {
  while (true) {
    take_answer(reserve_.empty());
    if (mail_->has_more && mail_->item_received == MPI_REQUEST_NULL) {
      send_to_first_rank(false);
    }
    if (shall_stop()) {
      reserve_.clear();
    }
    const auto item = take_from_reserve();
    if (item) {
      compute_one(*item, compute);
    } else if (mail_->item_received == MPI_REQUEST_NULL) {
      break;
    }
  }
  send_to_first_rank(true);
  MPI_Wait(&mail_->message_sent, MPI_STATUS_IGNORE);
}

WorkOutcome ArchitectureWork::run(const std::function<void(std::size_t item)>& compute) {
  is_first_rank() ? run_first_rank(compute) : run_other_rank(compute);
  world_.agree([this] {
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  });
  WorkOutcome outcome;
  outcome.done = world_.sum(std::uint64_t{done_here_});
  outcome.end = outcome.done == items_ ? WorkEnd::finished : WorkEnd::stopped;
  outcome.signal = static_cast<int>(world_.max(static_cast<double>(ScopedStopSignals::requested_by())));
  return outcome;
}

std::vector<std::size_t> largest_first(std::span<const double> costs) {
  std::vector<std::size_t> places(costs.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::stable_sort(places, [&](std::size_t a, std::size_t b) { return costs[a] > costs[b]; });
  return places;
}

}  // namespace zcmpi
