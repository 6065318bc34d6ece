/// \file
/// What the cells of NAS-Bench-201 and of TransNAS-Bench-101's micro space share: four nodes, an operation on each of
/// the six edges, all combinations. Genes are operations in the order of the benchmarks' strings: 0->1, 0->2, 1->2,
/// 0->3, 1->3, 2->3.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "zcmpi/nas/product_space.hpp"

namespace zcmpi {

/// What a skip connection out of the cell's input is.
enum class InputSkip : std::uint8_t {
  /// The identity, as any other.
  identity,
  /// An operation of its own, because the cell may change channels or resolution.
  operation,
};

class FourNodeSpace : public ProductSpace {
 public:
  /// Cells are the same when their outputs have the same text. The text of a node is the sorted texts of its edges,
  /// joined by '+'. The text of an edge is '#' when its operation is none or its origin's text is '#'; its origin's
  /// text when it is a skip connection; "(origin)@operation" otherwise. The rule, its texts and its order are
  /// NAS-Bench-201's, whose classes they give exactly. Another order of the texts would give others, because a skip
  /// connection brings a sum in as one text; and a '#' in a sum stays. So the rule takes some cells for different that
  /// compute the same.
  ///
  /// What stands for a class is its architecture of the lowest index.
  [[nodiscard]] Architecture canonical(const Architecture& architecture) const final;
  [[nodiscard]] std::span<const Operation> operations() const final { return operations_; }
  [[nodiscard]] std::vector<OperationGraph> graphs(const Architecture& architecture) const final;
  /// For each edge and each operation whether the edge has it: `nor_conv_3x3_on_0_1`.
  [[nodiscard]] std::vector<Feature> own_features(const Architecture& architecture) const final;

 protected:
  /// The operations are those of gene values 0, 1, ... and live as long as the space.
  FourNodeSpace(std::span<const Operation> operations, InputSkip input_skip);

 private:
  [[nodiscard]] std::string class_text(const Architecture& architecture) const;
  void find_representatives() const;

  std::span<const Operation> operations_;
  InputSkip input_skip_;
  // Made when first asked for: most programs never ask.
  mutable std::once_flag representatives_made_;
  mutable std::vector<std::uint32_t> representatives_;
};

}  // namespace zcmpi
