/// \file
/// MPI, wrapped as far as zcmpi needs it.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace zcmpi {

/// MPI is initialised for the life of this object. Works without mpirun too, as one rank.
class ScopedMpi {
 public:
  ScopedMpi(int* argc, char*** argv);
  ~ScopedMpi();
  ScopedMpi(const ScopedMpi&) = delete;
  ScopedMpi& operator=(const ScopedMpi&) = delete;
};

/// What an error is as well when all ranks throw it together: each can end in order, and one of them speaks of it. An
/// error without it is one rank's alone, for which the others may wait for ever.
class AgreedFailure {
 public:
  explicit AgreedFailure(int failed_rank) : failed_rank_(failed_rank) {}
  virtual ~AgreedFailure() = default;
  /// The lowest rank that failed itself.
  [[nodiscard]] int failed_rank() const { return failed_rank_; }

 private:
  int failed_rank_;
};

/// An `Error` that all ranks throw together.
template <class Error>
class Agreed : public Error, public AgreedFailure {
 public:
  template <class... Arguments>
  explicit Agreed(int failed_rank, Arguments&&... arguments)
      : Error(std::forward<Arguments>(arguments)...), AgreedFailure(failed_rank) {}
};

/// An own duplicate of a communicator, so that our messages meet nobody else's. A default-constructed one is serial:
/// one rank, all collectives trivial, no MPI call made; one code path serves both.
class Communicator {
 public:
  Communicator() = default;
  /// Collective.
  explicit Communicator(MPI_Comm parent);
  /// Collective. Frees the duplicate.
  ~Communicator();
  Communicator(Communicator&& other) noexcept;
  Communicator& operator=(Communicator&& other) noexcept;

  [[nodiscard]] bool is_serial() const { return comm_ == MPI_COMM_NULL; }
  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }
  /// This rank's place among those on its node, and how many there are.
  [[nodiscard]] int local_rank() const { return local_rank_; }
  [[nodiscard]] int local_size() const { return local_size_; }
  [[nodiscard]] MPI_Comm native() const { return comm_; }

  /// Collective.
  void barrier() const;
  /// Collective. Sum or maximum over ranks, on every rank.
  [[nodiscard]] std::uint64_t sum(std::uint64_t value) const;
  [[nodiscard]] double sum(double value) const;
  [[nodiscard]] double max(double value) const;
  /// Collective. Rank 0's text, of any length, on every rank.
  [[nodiscard]] std::string broadcast(std::string text) const;
  /// Collective. The ranks' texts, of any length, in order, on rank 0; empty elsewhere.
  [[nodiscard]] std::vector<std::string> gather(std::string text) const;

  /// Collective. Runs `action` on every rank and waits for all: when it throws anywhere, every rank throws the
  /// exception of the lowest rank that failed (Agreed<InputError> if it was one, else Agreed<std::runtime_error>), so
  /// that all fail together instead of waiting for each other for ever. `action` itself must not communicate. A serial
  /// communicator lets the exception pass as it is.
  void agree(const std::function<void()>& action) const;

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
  int local_rank_ = 0;
  int local_size_ = 1;
};

}  // namespace zcmpi
