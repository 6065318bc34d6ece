/// \file
/// Errors and contracts.
///
/// Two kinds of failure reach a person: an InputError (something the person gave is wrong; exit code 2) and any
/// other std::exception (something went wrong on the way; exit code 1). Every message is one line of the form
/// `what is wrong (where): what was expected; what to do`.
///
/// Contracts are for mistakes of the programmer. They are checked in builds with ZCMPI_CONTRACTS (the debug and asan
/// presets) and cost nothing elsewhere.
#pragma once

#include <stdexcept>
#include <string>

namespace zcmpi {

/// Exit codes of the program.
enum class ExitCode : int {
  done = 0,
  failed = 1,
  bad_input = 2,
  /// Stopped early with a valid checkpoint: the same command with --resume goes on.
  stopped_early = 75,
};

/// Bad usage, configuration or input data. The message is complete: it is printed as it is, without a stack trace.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A contract was broken: a defect of zcmpi, not of its input.
class ContractError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void throw_contract_error(const char* kind, const char* condition, const char* file, int line);

}  // namespace zcmpi

#if defined(ZCMPI_CONTRACTS)
/// Precondition of the enclosing function.
#define ZCMPI_EXPECT(condition) \
  ((condition) ? static_cast<void>(0) : ::zcmpi::throw_contract_error("precondition", #condition, __FILE__, __LINE__))
/// Postcondition or invariant of the enclosing function.
#define ZCMPI_ENSURE(condition) \
  ((condition) ? static_cast<void>(0) : ::zcmpi::throw_contract_error("postcondition", #condition, __FILE__, __LINE__))
#else
// Not evaluated, and yet all that it names is used.
#define ZCMPI_EXPECT(condition) static_cast<void>(sizeof(condition))
#define ZCMPI_ENSURE(condition) static_cast<void>(sizeof(condition))
#endif
