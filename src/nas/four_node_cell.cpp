#include "four_node_cell.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace zcmpi {
namespace {

constexpr std::size_t nodes = 4;
constexpr std::size_t edges = 6;

/// Calls `visit(edge, from, to)` in the order of the genes.
template <class Visit>
void for_each_edge(const Visit& visit) {
  std::size_t edge = 0;
  for (std::size_t to = 1; to < nodes; ++to) {
    for (std::size_t from = 0; from < to; ++from) {
      visit(edge++, from, to);
    }
  }
}

}  // namespace

FourNodeSpace::FourNodeSpace(std::span<const Operation> operations, InputSkip input_skip)
    : ProductSpace(std::vector<std::uint8_t>(edges, static_cast<std::uint8_t>(operations.size()))),
      operations_(operations),
      input_skip_(input_skip) {}

std::string FourNodeSpace::class_text(const Architecture& architecture) const {
  std::array<std::string, nodes> texts{"0"};
  std::vector<std::string> terms;
  for_each_edge([&](std::size_t edge, std::size_t from, std::size_t to) {
    const Operation& operation = operations_[architecture.genes[edge]];
    const bool passes_on = operation.kind == OperationKind::skip && (from > 0 || input_skip_ == InputSkip::identity);
    if (operation.kind == OperationKind::none || texts[from] == "#") {
      terms.emplace_back("#");
    } else if (passes_on) {
      terms.push_back(texts[from]);
    } else {
      terms.push_back(fmt::format("({})@{}", texts[from], operation.name));
    }
    if (terms.size() == to) {
      std::ranges::sort(terms);
      texts[to] = fmt::format("{}", fmt::join(terms, "+"));
      terms.clear();
    }
  });
  return texts.back();
}

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
  graph.nodes = nodes;
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
