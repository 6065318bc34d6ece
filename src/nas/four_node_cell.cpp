#include "four_node_cell.hpp"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

namespace zcmpi {
FourNodeSpace::FourNodeSpace(std::span<const Operation> operations)
    : ProductSpace(std::vector<std::uint8_t>(four_node_cell_edges, static_cast<std::uint8_t>(operations.size()))),
      operations_(operations) {}

void FourNodeSpace::find_representatives() const {
  std::unordered_map<std::string, std::uint32_t> first_of_class;
  representatives_.resize(size());
  for (std::uint32_t i = 0; i < representatives_.size(); ++i) {
    representatives_[i] = first_of_class.try_emplace(class_text(at(i)), i).first->second;
  }
}

Architecture FourNodeSpace::canonical(const Architecture& architecture) const {
  std::call_once(representatives_made_, [this] { find_representatives(); });
  return at(representatives_[index(architecture)]);
}

std::vector<OperationGraph> FourNodeSpace::graphs(const Architecture& architecture) const {
  OperationGraph graph;
  graph.nodes = four_node_cell_nodes;
  for_each_edge([&](std::size_t edge, std::size_t from, std::size_t to) {
    graph.edges.push_back({static_cast<std::uint8_t>(from), static_cast<std::uint8_t>(to), architecture.genes[edge]});
  });
  return {std::move(graph)};
}

std::vector<Feature> FourNodeSpace::own_features(const Architecture& architecture) const {
  std::vector<Feature> features;
  for_each_edge([&](std::size_t edge, std::size_t from, std::size_t to) {
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      features.push_back(
          {fmt::format("{}_on_{}_{}", operations_[i].name, from, to), architecture.genes[edge] == i ? 1.0 : 0.0});
    }
  });
  return features;
}

}  // namespace zcmpi
