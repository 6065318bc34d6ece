/// \file
/// What ranks have computed, told to rank 0: on several nodes a file that another rank has just written may not be seen
/// there yet.
#pragma once

#include "zcmpi/data/computed_table.hpp"
#include "zcmpi/island/communicator.hpp"

namespace zcmpi {

/// Collective. What the tables of all ranks hold together (ComputedTable::merge, in the order of the ranks), on rank 0;
/// empty elsewhere.
ComputedTable gather_table(const Communicator& world, const ComputedTable& table);

}  // namespace zcmpi
