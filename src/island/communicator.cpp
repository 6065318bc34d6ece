#include "zcmpi/island/communicator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <stdexcept>
#include <utility>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

/// MPI counts are int.
int checked_count(std::size_t count) {
  if (count > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw std::length_error(fmt::format("a message of {} bytes is longer than the 2 GiB that MPI takes", count));
  }
  return static_cast<int>(count);
}

std::string broadcast_from(MPI_Comm comm, int root, std::string text) {
  auto length = static_cast<std::uint64_t>(text.size());
  MPI_Bcast(&length, 1, MPI_UINT64_T, root, comm);
  text.resize(length);
  MPI_Bcast(text.data(), checked_count(text.size()), MPI_CHAR, root, comm);
  return text;
}

struct Outcome {
  bool failed = false;
  bool input_error = false;
  std::string message;
};

Outcome outcome_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return {true, true, error.what()};
  } catch (const std::exception& error) {
    return {true, false, error.what()};
  } catch (...) {
    return {true, false, "an exception of unknown type"};
  }
  return {};
}

}  // namespace

ScopedMpi::ScopedMpi(int* argc, char*** argv) {
  int provided = 0;
  MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
}

ScopedMpi::~ScopedMpi() { MPI_Finalize(); }

Communicator::Communicator(MPI_Comm parent) {
  MPI_Comm_dup(parent, &comm_);
  MPI_Comm_rank(comm_, &rank_);
  MPI_Comm_size(comm_, &size_);
  MPI_Comm node = MPI_COMM_NULL;
  MPI_Comm_split_type(comm_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &node);
  MPI_Comm_rank(node, &local_rank_);
  MPI_Comm_size(node, &local_size_);
  MPI_Comm_free(&node);
}

Communicator::~Communicator() {
  // While an exception unwinds this rank the others may be elsewhere, and a collective call could wait for ever.
  if (comm_ != MPI_COMM_NULL && std::uncaught_exceptions() == 0) {
    MPI_Comm_free(&comm_);
  }
}

Communicator::Communicator(Communicator&& other) noexcept { *this = std::move(other); }

Communicator& Communicator::operator=(Communicator&& other) noexcept {
  std::swap(comm_, other.comm_);
  std::swap(rank_, other.rank_);
  std::swap(size_, other.size_);
  std::swap(local_rank_, other.local_rank_);
  std::swap(local_size_, other.local_size_);
  return *this;
}

void Communicator::barrier() const {
  if (!is_serial()) {
    MPI_Barrier(comm_);
  }
}

std::uint64_t Communicator::sum(std::uint64_t value) const {
  if (!is_serial()) {
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_UINT64_T, MPI_SUM, comm_);
  }
  return value;
}

double Communicator::sum(double value) const {
  if (is_serial()) {
    return value;
  }
  // Added in the order of the ranks, since MPI leaves the order of a reduction open.
  std::vector<double> values(static_cast<std::size_t>(size_));
  MPI_Allgather(&value, 1, MPI_DOUBLE, values.data(), 1, MPI_DOUBLE, comm_);
  double total = 0.0;
  for (const double v : values) {
    total += v;
  }
  return total;
}

double Communicator::max(double value) const {
  if (!is_serial()) {
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_DOUBLE, MPI_MAX, comm_);
  }
  return value;
}

std::string Communicator::broadcast(std::string text) const {
  return is_serial() ? std::move(text) : broadcast_from(comm_, 0, std::move(text));
}

std::vector<std::string> Communicator::gather(const std::string& text) const {
  if (is_serial()) {
    return {text};
  }
  const auto ranks = static_cast<std::size_t>(rank_ == 0 ? size_ : 0);
  const int length = checked_count(text.size());
  std::vector<int> lengths(ranks);
  MPI_Gather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, 0, comm_);
  std::vector<int> offsets(ranks);
  std::size_t total = 0;
  for (std::size_t r = 0; r < ranks; ++r) {
    offsets[r] = checked_count(total);
    total += static_cast<std::size_t>(lengths[r]);
  }
  std::string all(total, '\0');
  MPI_Gatherv(text.data(), length, MPI_CHAR, all.data(), lengths.data(), offsets.data(), MPI_CHAR, 0, comm_);
  std::vector<std::string> texts;
  for (std::size_t r = 0; r < ranks; ++r) {
    texts.push_back(all.substr(static_cast<std::size_t>(offsets[r]), static_cast<std::size_t>(lengths[r])));
  }
  return texts;
}

void Communicator::agree(const std::function<void()>& action) const {
  if (is_serial()) {
    action();
    return;
  }
  Outcome outcome = outcome_of(action);
  int first_failed = outcome.failed ? rank_ : size_;
  MPI_Allreduce(MPI_IN_PLACE, &first_failed, 1, MPI_INT, MPI_MIN, comm_);
  if (first_failed == size_) {
    return;
  }
  int input_error = outcome.input_error ? 1 : 0;
  MPI_Bcast(&input_error, 1, MPI_INT, first_failed, comm_);
  const std::string message = broadcast_from(comm_, first_failed, std::move(outcome.message));
  if (input_error != 0) {
    throw Agreed<InputError>(first_failed, message);
  }
  throw Agreed<std::runtime_error>(first_failed, message);
}

}  // namespace zcmpi
