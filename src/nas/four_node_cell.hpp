/// \file
/// What the cells of NAS-Bench-201 and of TransNAS-Bench-101's micro space share: four nodes, an operation on each of
/// the six edges, all combinations. Genes are operations in the order of the benchmarks' strings: 0->1, 0->2, 1->2,
/// 0->3, 1->3, 2->3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "zcmpi/nas/product_space.hpp"

namespace zcmpi {

inline constexpr std::size_t four_node_cell_nodes = 4;
inline constexpr std::size_t four_node_cell_edges = 6;

/// Calls `visit(edge, from, to)` in the order of the genes.
template <class Visit>
void for_each_edge(const Visit& visit) {
  std::size_t edge = 0;
  for (std::size_t to = 1; to < four_node_cell_nodes; ++to) {
    for (std::size_t from = 0; from < to; ++from) {
      visit(edge++, from, to);
    }
  }
}

class FourNodeSpace : public ProductSpace {
 public:
  /// Of the architectures of the same class, the one of the lowest index.
  [[nodiscard]] Architecture canonical(const Architecture& architecture) const final;
  [[nodiscard]] std::span<const Operation> operations() const final { return operations_; }
  [[nodiscard]] std::vector<OperationGraph> graphs(const Architecture& architecture) const final;
  /// For each edge and each operation whether the edge has it: `nor_conv_3x3_on_0_1`.
  [[nodiscard]] std::vector<Feature> own_features(const Architecture& architecture) const final;

 protected:
  /// The operations are those of gene values 0, 1, ... and live as long as the space.
  explicit FourNodeSpace(std::span<const Operation> operations);

  /// Equal for architectures that the space takes for the same network.
  [[nodiscard]] virtual std::string class_text(const Architecture& architecture) const = 0;

 private:
  void find_representatives() const;

  std::span<const Operation> operations_;
  // Made when first asked for: most programs never ask.
  mutable std::once_flag representatives_made_;
  mutable std::vector<std::uint32_t> representatives_;
};

}  // namespace zcmpi
