/// \file
/// What a formula makes of rows of features, in double precision: for all that is reported to a person.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "zcmpi/expr/formula.hpp"

namespace zcmpi {

/// The formula's value of each row: `columns` has the terminals one after the other, of `size` rows each.
std::vector<double> row_values(FormulaView formula, std::span<const double> columns, std::size_t size);
/// The same of some rows, in their order.
std::vector<double> row_values(FormulaView formula, std::span<const double> columns, std::size_t size,
                               std::span<const std::uint32_t> rows);

/// Puts the node of its number in the place of each terminal.
void replace_terminals(Formula& formula, std::span<const Node> replacements);

}  // namespace zcmpi
