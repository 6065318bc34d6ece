#include "zcmpi/nas/graph_features.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <map>

#include "support.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Pair;
using testing_support::stream;

std::map<std::string, double> features(std::string_view space, std::string_view text) {
  std::map<std::string, double> values;
  const SearchSpace& found = find_space(space);
  for (const Feature& feature : graph_features(found, found.parse(text))) {
    values[feature.name] = feature.value;
  }
  return values;
}

TEST(GraphFeatures, DescribeACellOfNb201) {
  // 0 -3x3-> 1 -pool-> 2 -3x3-> 3, 0 -1x1-> 2, 1 -skip-> 3
  const auto values =
      features("nb201", "|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|none~0|skip_connect~1|nor_conv_3x3~2|");
  const std::map<std::string, double> expected{{"count_operations", 5},
                                               {"count_convolutions", 3},
                                               {"count_skips", 1},
                                               {"count_poolings", 1},
                                               {"count_nor_conv_3x3", 2},
                                               {"count_nor_conv_1x1", 1},
                                               {"count_none", 1},
                                               {"most_operations_on_path", 3},
                                               {"shortest_path_of_operations", 2},
                                               {"most_convolutions_on_path", 2},
                                               {"fewest_convolutions_on_path", 1},
                                               {"shortest_path_of_convolutions", 2},
                                               {"most_skips_on_path", 1},
                                               {"fewest_skips_on_path", 0},
                                               {"shortest_path_of_skips", 4},
                                               {"most_nor_conv_3x3_on_path", 2},
                                               {"fewest_nor_conv_3x3_on_path", 1},
                                               {"shortest_path_of_nor_conv_3x3", 4},
                                               {"input_degree_operations", 2},
                                               {"output_degree_operations", 2},
                                               {"input_degree_convolutions", 2},
                                               {"output_degree_convolutions", 1},
                                               {"output_degree_skips", 1},
                                               {"input_degree_poolings", 0},
                                               {"trainable_layers", 3},
                                               {"paths", 3},
                                               {"unreachable_operations", 0},
                                               {"nor_conv_3x3_on_0_1", 1},
                                               {"nor_conv_3x3_on_0_2", 0},
                                               {"none_on_0_3", 1}};
  for (const auto& [name, value] : expected) {
    EXPECT_THAT(values, Contains(Pair(name, value)));
  }
}

TEST(GraphFeatures, OfACellWithoutAPathHaveNothingOnPathsAndTheNumberOfNodesAsLength) {
  const auto values = features("nb201", "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|");
  EXPECT_THAT(values, AllOf(Contains(Pair("paths", 0)), Contains(Pair("most_operations_on_path", 0)),
                            Contains(Pair("shortest_path_of_operations", 4)), Contains(Pair("count_convolutions", 1)),
                            Contains(Pair("unreachable_operations", 1))));
}

TEST(GraphFeatures, OfNb101AreOfVerticesAndOfThePrunedCell) {
  // in -> conv3x3 -> conv1x1 -> out and in -> maxpool -> out; the last inner vertex leads nowhere.
  const auto values =
      features("nb101",
               "ModelSpec(matrix=[[0,1,0,1,1,0],[0,0,1,0,0,0],[0,0,0,0,0,1],[0,0,0,0,0,1],[0,0,0,0,0,0],[0,0,0,0,"
               "0,0]], ops=['input','conv3x3-bn-relu','conv1x1-bn-relu','maxpool3x3','maxpool3x3','output'])");
  const std::map<std::string, double> expected{{"count_operations", 3},
                                               {"count_poolings", 1},
                                               {"most_operations_on_path", 2},
                                               {"shortest_path_of_operations", 1},
                                               {"most_convolutions_on_path", 2},
                                               {"fewest_convolutions_on_path", 0},
                                               {"shortest_path_of_poolings", 1},
                                               {"shortest_path_of_convolutions", 2},
                                               {"input_degree_operations", 2},
                                               {"input_degree_conv3x3", 1},
                                               {"output_degree_conv1x1", 1},
                                               {"output_degree_conv3x3", 0},
                                               {"paths", 2},
                                               {"unreachable_operations", 1},
                                               {"vertices", 5},
                                               {"edges", 5},
                                               {"trainable_layers", 2}};
  for (const auto& [name, value] : expected) {
    EXPECT_THAT(values, Contains(Pair(name, value)));
  }
}

TEST(GraphFeatures, OfNb301AreThoseOfBothCellsAndTheirSums) {
  const auto values = features("nb301", find_space("nb301").example());
  EXPECT_THAT(values,
              AllOf(Contains(Pair("normal_count_sep_conv_3x3", 5)), Contains(Pair("normal_count_skips", 2)),
                    Contains(Pair("reduction_count_max_pool_3x3", 5)), Contains(Pair("reduction_count_skips", 3)),
                    Contains(Pair("count_skips", 5)), Contains(Pair("normal_trainable_layers", 22)),
                    Contains(Pair("normal_degree_of_input_0", 4)), Contains(Pair("normal_degree_of_input_1", 3))));
}

TEST(GraphFeatures, OfTnb101MacroFollowChannelsAndResolution) {
  const auto values = features("tnb101-macro", "64-12341-basic");
  EXPECT_THAT(values,
              AllOf(Contains(Pair("count_normal", 2)), Contains(Pair("most_operations_on_path", 5)),
                    Contains(Pair("channel_doublings", 2)), Contains(Pair("resolution_halvings", 2)),
                    Contains(Pair("channel_doublings_after_1", 1)), Contains(Pair("resolution_halvings_after_2", 1)),
                    Contains(Pair("resolution_halvings_after_4", 2)), Contains(Pair("channel_doublings_after_5", 0))));
}

/// What the features of paths are by their definition: all paths, one after the other.
struct Paths {
  int count = 0;
  int most = 0;
  int fewest = 1'000;
  int shortest_alone = 1'000;
};

Paths walk_all_paths(const OperationGraph& graph, std::span<const Operation> operations, OperationKind kind) {
  Paths paths;
  const std::function<void(std::size_t, int, int)> walk = [&](std::size_t node, int of_kind, int others) {
    if (node == graph.nodes - 1) {
      ++paths.count;
      paths.most = std::max(paths.most, of_kind);
      paths.fewest = std::min(paths.fewest, of_kind);
      paths.shortest_alone = others == 0 ? std::min(paths.shortest_alone, of_kind) : paths.shortest_alone;
      return;
    }
    for (const auto& edge : graph.edges) {
      if (edge.from != node) {
        continue;
      }
      if (edge.operation == OperationGraph::connection) {
        walk(edge.to, of_kind, others);
      } else if (const OperationKind its = operations[edge.operation].kind; its != OperationKind::none) {
        walk(edge.to, of_kind + (its == kind ? 1 : 0), others + (its == kind ? 0 : 1));
      }
    }
  };
  for (std::size_t input = 0; input < graph.inputs; ++input) {
    walk(input, 0, 0);
  }
  return paths;
}

TEST(GraphFeatures, OfPathsAreWhatAWalkThroughAllPathsFinds) {
  for (const char* const name : {"nb101", "nb201", "tnb101-micro"}) {
    const SearchSpace& space = find_space(name);
    auto random = stream(50);
    for (int i = 0; i < 300; ++i) {
      const Architecture architecture = sample(space, random);
      std::map<std::string, double> values;
      for (const Feature& feature : graph_features(space, architecture)) {
        values[feature.name] = feature.value;
      }
      const OperationGraph graph = space.graphs(architecture).front();
      for (const auto& [group, kind] :
           {std::pair{"convolutions", OperationKind::convolution}, std::pair{"skips", OperationKind::skip},
            std::pair{"poolings", OperationKind::pooling}}) {
        SCOPED_TRACE(space.print(architecture) + ", " + group);
        const Paths paths = walk_all_paths(graph, space.operations(), kind);
        const auto value = [&](const std::string& before, const std::string& after = "") {
          return values.at(before + group + after);
        };
        EXPECT_EQ(values.at("paths"), paths.count);
        EXPECT_EQ(value("most_", "_on_path"), paths.most);
        EXPECT_EQ(value("fewest_", "_on_path"), paths.count > 0 ? paths.fewest : 0);
        EXPECT_EQ(value("shortest_path_of_"),
                  paths.shortest_alone < 1'000 ? paths.shortest_alone : static_cast<int>(graph.nodes));
      }
    }
  }
}

}  // namespace
}  // namespace zcmpi
