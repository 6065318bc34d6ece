#include "row_values.hpp"

#include <numeric>

namespace zcmpi {

std::vector<double> row_values(FormulaView formula, std::span<const double> columns, std::size_t size) {
  std::vector<std::uint32_t> all(size);
  std::iota(all.begin(), all.end(), 0U);
  return row_values(formula, columns, size, all);
}

std::vector<double> row_values(FormulaView formula, std::span<const double> columns, std::size_t size,
                               std::span<const std::uint32_t> rows) {
  std::vector<double> features(size == 0 ? 0 : columns.size() / size);
  std::vector<double> values;
  values.reserve(rows.size());
  for (const auto row : rows) {
    for (std::size_t terminal = 0; terminal < features.size(); ++terminal) {
      features[terminal] = columns[terminal * size + row];
    }
    values.push_back(evaluate<double>(formula, features));
  }
  return values;
}

void replace_terminals(Formula& formula, std::span<const Node> replacements) {
  for (Node& node : formula) {
    if (node.op == Op::terminal) {
      node = replacements[node.number];
    }
  }
}

}  // namespace zcmpi
