#include "zcmpi/nas/graph_features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

/// The group of whatever is not none.
constexpr std::string_view all_operations = "operations";

/// A graph without its edges of kind none, which no path takes, and what is reached in it.
class LiveGraph {
 public:
  LiveGraph(const OperationGraph& graph, std::span<const Operation> operations)
      : nodes_(graph.nodes), inputs_(graph.inputs) {
    for (const OperationGraph::Edge& edge : graph.edges) {
      ZCMPI_EXPECT(edge.from < edge.to && edge.to < graph.nodes);
      if (edge.operation == OperationGraph::connection || operations[edge.operation].kind != OperationKind::none) {
        edges_.push_back(edge);
      }
    }
    // The passes below take one edge after the other, so edges into a node come before those out of it.
    std::ranges::stable_sort(edges_, {}, &OperationGraph::Edge::from);
  }

  [[nodiscard]] std::size_t nodes() const { return nodes_; }
  [[nodiscard]] std::span<const OperationGraph::Edge> edges() const { return edges_; }

  /// Nodes reached from the inputs by edges that `takes` allows.
  template <class Takes>
  [[nodiscard]] std::vector<bool> reached(const Takes& takes) const {
    std::vector<bool> reached(nodes_, false);
    std::fill_n(reached.begin(), inputs_, true);
    for (const auto& edge : edges_) {
      reached[edge.to] = reached[edge.to] || (reached[edge.from] && takes(edge));
    }
    return reached;
  }

  /// Nodes from which edges that `takes` allows lead to the output.
  template <class Takes>
  [[nodiscard]] std::vector<bool> reaching(const Takes& takes) const {
    std::vector<bool> reaching(nodes_, false);
    reaching.back() = true;
    for (auto edge = edges_.rbegin(); edge != edges_.rend(); ++edge) {
      reaching[edge->from] = reaching[edge->from] || (reaching[edge->to] && takes(*edge));
    }
    return reaching;
  }

  /// The best sum of `weight` over the edges of a path, of those that `takes` allows; none without such a path.
  template <class Weight, class Takes, class Better>
  [[nodiscard]] std::optional<int> best_path(const Weight& weight, const Takes& takes, const Better& better) const {
    std::vector<std::optional<int>> best(nodes_);
    std::fill_n(best.begin(), inputs_, 0);
    for (const auto& edge : edges_) {
      if (best[edge.from] && takes(edge)) {
        const int sum = *best[edge.from] + weight(edge);
        if (!best[edge.to] || better(sum, *best[edge.to])) {
          best[edge.to] = sum;
        }
      }
    }
    return best.back();
  }

  /// Number of paths from an input to the output.
  [[nodiscard]] double paths() const {
    std::vector<double> paths(nodes_, 0.0);
    std::fill_n(paths.begin(), inputs_, 1.0);
    for (const auto& edge : edges_) {
      paths[edge.to] += paths[edge.from];
    }
    return paths.back();
  }

 private:
  std::size_t nodes_;
  std::size_t inputs_;
  std::vector<OperationGraph::Edge> edges_;
};

bool is_connection(const OperationGraph::Edge& edge) { return edge.operation == OperationGraph::connection; }
bool takes_all(const OperationGraph::Edge&) { return true; }

/// A named set of a space's operations.
struct Group {
  std::string name;
  std::vector<bool> members;

  [[nodiscard]] bool has(const OperationGraph::Edge& edge) const {
    return !is_connection(edge) && members[edge.operation];
  }
};

std::vector<Group> groups_of(std::span<const Operation> operations) {
  std::vector<Group> groups;
  const auto add = [&](std::string_view name, const auto& has) {
    Group group{std::string(name), std::vector<bool>(operations.size())};
    std::transform(operations.begin(), operations.end(), group.members.begin(), has);
    groups.push_back(std::move(group));
  };
  const auto count_of = [&](OperationKind kind) { return std::ranges::count(operations, kind, &Operation::kind); };
  add(all_operations, [](const Operation& operation) { return operation.kind != OperationKind::none; });
  for (const auto& [name, kind] :
       {std::pair{"convolutions", OperationKind::convolution}, std::pair{"skips", OperationKind::skip},
        std::pair{"poolings", OperationKind::pooling}}) {
    add(name, [kind = kind](const Operation& operation) { return operation.kind == kind; });
  }
  for (const Operation& single : operations) {
    if (single.kind != OperationKind::none && count_of(single.kind) > 1) {
      add(single.name, [&](const Operation& operation) { return &operation == &single; });
    }
  }
  return groups;
}

void add_group_features(const LiveGraph& graph, const Group& group, std::vector<Feature>& features) {
  const auto has = [&](const OperationGraph::Edge& edge) { return group.has(edge); };
  const auto weight = [&](const OperationGraph::Edge& edge) { return has(edge) ? 1 : 0; };
  const auto has_or_connects = [&](const OperationGraph::Edge& edge) { return has(edge) || is_connection(edge); };
  const auto add = [&](const char* name, auto value) {
    features.push_back({fmt::format(fmt::runtime(name), group.name), static_cast<double>(value)});
  };
  add("count_{}", std::ranges::count_if(graph.edges(), has));
  add("most_{}_on_path", graph.best_path(weight, takes_all, std::greater()).value_or(0));
  // Of all operations they are the length of the shortest path, which comes next.
  if (group.name != all_operations) {
    add("fewest_{}_on_path", graph.best_path(weight, takes_all, std::less()).value_or(0));
  }
  add("shortest_path_of_{}",
      graph.best_path(weight, has_or_connects, std::less()).value_or(static_cast<int>(graph.nodes())));
  const auto at_input = graph.reached(is_connection);
  const auto at_output = graph.reaching(is_connection);
  add("input_degree_{}",
      std::ranges::count_if(graph.edges(), [&](const auto& e) { return has(e) && at_input[e.from]; }));
  add("output_degree_{}",
      std::ranges::count_if(graph.edges(), [&](const auto& e) { return has(e) && at_output[e.to]; }));
}

/// The features of one graph, without its name.
std::vector<Feature> features_of(const OperationGraph& graph, std::span<const Operation> operations,
                                 std::span<const Group> groups) {
  const LiveGraph live(graph, operations);
  std::vector<Feature> features;
  for (const Group& group : groups) {
    add_group_features(live, group, features);
  }
  if (std::ranges::count(operations, OperationKind::none, &Operation::kind) > 0) {
    features.push_back({"count_none", static_cast<double>(graph.edges.size() - live.edges().size())});
  }
  int trainable_layers = 0;
  for (const auto& edge : live.edges()) {
    trainable_layers += is_connection(edge) ? 0 : operations[edge.operation].trainable_layers;
  }
  features.push_back({"trainable_layers", static_cast<double>(trainable_layers)});
  features.push_back({"paths", live.paths()});
  return features;
}

/// The sums over the graphs, and where there are several, those of each with its name in front.
std::vector<Feature> gather(std::span<const std::string_view> names, const std::vector<std::vector<Feature>>& parts) {
  std::vector<Feature> features = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    for (std::size_t f = 0; f < parts[i].size(); ++f) {
      features[f].value += parts[i][f].value;
    }
  }
  for (std::size_t i = 0; parts.size() > 1 && i < parts.size(); ++i) {
    for (const Feature& feature : parts[i]) {
      features.push_back({fmt::format("{}_{}", names[i], feature.name), feature.value});
    }
  }
  return features;
}

}  // namespace

std::size_t count_unreachable(const OperationGraph& graph, std::span<const Operation> operations) {
  const LiveGraph live(graph, operations);
  const auto reached = live.reached(takes_all);
  const auto reaching = live.reaching(takes_all);
  return static_cast<std::size_t>(std::ranges::count_if(live.edges(), [&](const OperationGraph::Edge& edge) {
    return !is_connection(edge) && !(reached[edge.from] && reaching[edge.to]);
  }));
}

std::vector<Feature> graph_features(const SearchSpace& space, const Architecture& architecture) {
  const auto groups = groups_of(space.operations());
  std::vector<std::string_view> names;
  std::vector<std::vector<Feature>> parts;
  for (const OperationGraph& graph : space.graphs(architecture)) {
    names.push_back(graph.name);
    parts.push_back(features_of(graph, space.operations(), groups));
  }
  std::vector<Feature> features = gather(names, parts);
  features.push_back({"unreachable_operations", static_cast<double>(space.unreachable_operations(architecture))});
  for (Feature& feature : space.own_features(architecture)) {
    features.push_back(std::move(feature));
  }
  return features;
}

}  // namespace zcmpi
