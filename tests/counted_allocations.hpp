/// \file
/// Counts what the whole program allocates: for programs that link zcmpi_test_counted_allocations.
#pragma once

namespace zcmpi::test {
extern long allocation_count;
}  // namespace zcmpi::test
