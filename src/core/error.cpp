#include "zcmpi/core/error.hpp"

#include <fmt/format.h>

namespace zcmpi {

void throw_contract_error(const char* kind, const char* condition, const char* file, int line) {
  throw ContractError(fmt::format("{} does not hold: {} ({}:{}): a defect of zcmpi; please report it with the log",
                                  kind, condition, file, line));
}

}  // namespace zcmpi
