#include "zcmpi/island/communicator.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

constexpr int gather_tag = 21;

/// MPI counts are int, so that what is longer goes in pieces.
constexpr std::size_t longest_piece = std::size_t{1} << 30;

void for_each_piece(std::string& text, const std::function<void(char* piece, int length)>& action) {
  for (std::size_t begin = 0; begin < text.size(); begin += longest_piece) {
    action(text.data() + begin, static_cast<int>(std::min(longest_piece, text.size() - begin)));
  }
}

std::string broadcast_from(MPI_Comm comm, int root, std::string text) {
  auto length = static_cast<std::uint64_t>(text.size());
  MPI_Bcast(&length, 1, MPI_UINT64_T, root, comm);
  text.resize(length);
  for_each_piece(text, [&](char* piece, int bytes) { MPI_Bcast(piece, bytes, MPI_CHAR, root, comm); });
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

std::vector<std::string> Communicator::gather(std::string text) const {
  if (is_serial()) {
    return {std::move(text)};
  }
  const auto length = static_cast<std::uint64_t>(text.size());
  std::vector<std::uint64_t> lengths(static_cast<std::size_t>(rank_ == 0 ? size_ : 0));
  MPI_Gather(&length, 1, MPI_UINT64_T, lengths.data(), 1, MPI_UINT64_T, 0, comm_);
  if (rank_ != 0) {
    for_each_piece(text, [&](char* piece, int bytes) { MPI_Send(piece, bytes, MPI_CHAR, 0, gather_tag, comm_); });
    return {};
  }
  std::vector<std::string> texts(lengths.size());
  texts.front() = std::move(text);
  std::vector<MPI_Request> requests;
  for (int r = 1; r < size_; ++r) {
    auto& received = texts[static_cast<std::size_t>(r)];
    received.resize(lengths[static_cast<std::size_t>(r)]);
    for_each_piece(received, [&](char* piece, int bytes) {
      MPI_Irecv(piece, bytes, MPI_CHAR, r, gather_tag, comm_, &requests.emplace_back());
    });
  }
  MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE);
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
