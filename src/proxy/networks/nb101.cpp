// NAS-Bench-101's networks (Ying et al. 2019): a stem, three stacks of equal cells at c, 2c and 4c channels, and a max
// pool before the second and third. Vertices that are on no path from a cell's input to its output are not built.
#include "zcmpi/nas/nb101.hpp"

#include <algorithm>
#include <vector>

#include "builder.hpp"
#include "networks.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

using Place = NetworkBuilder::Place;

constexpr std::uint32_t stacks = 3;

Place add_unit(NetworkBuilder& builder, Place from, const ConvolutionShape& shape) {
  return builder.relu(builder.convolution_norm(from, shape));
}

/// Channels of the vertices between input and output: those before the output share its channels, the first ones taking
/// what is left over; the others have as many as the widest that they lead to.
std::vector<std::uint32_t> vertex_channels(const Nb101Cell& cell, std::uint32_t channels) {
  const std::size_t output = cell.vertices - 1;
  std::vector<std::uint32_t> result(cell.vertices, 0);
  std::uint32_t sharing = 0;
  for (std::size_t v = 1; v < output; ++v) {
    sharing += cell.adjacency[v][output] ? 1U : 0U;
  }
  std::uint32_t left_over = sharing == 0 ? 0 : channels % sharing;
  for (std::size_t v = 1; v < output; ++v) {
    if (cell.adjacency[v][output]) {
      result[v] = channels / sharing + (left_over > 0 ? 1U : 0U);
      left_over -= left_over > 0 ? 1U : 0U;
    }
  }
  for (std::size_t v = output; v-- > 1;) {
    for (std::size_t to = v + 1; to < output && !cell.adjacency[v][output]; ++to) {
      result[v] = cell.adjacency[v][to] ? std::max(result[v], result[to]) : result[v];
    }
  }
  return result;
}

Place add_operation(NetworkBuilder& builder, Nb101Operation operation, Place from) {
  const std::uint32_t channels = builder.shape(from).channels;
  switch (operation) {
    case Nb101Operation::maxpool3x3: return builder.max_pool(from, 3, 1, 1);
    case Nb101Operation::conv1x1: return add_unit(builder, from, {.channels = channels});
    case Nb101Operation::conv3x3: return add_unit(builder, from, {.channels = channels, .kernel = 3, .padding = 1});
    case Nb101Operation::input:
    case Nb101Operation::output: break;
  }
  return from;
}

Place add_cell(NetworkBuilder& builder, const Nb101Cell& cell, Place input, std::uint32_t channels) {
  const std::size_t output = cell.vertices - 1;
  const auto widths = vertex_channels(cell, channels);
  std::vector<Place> vertices{input};
  std::vector<Place> joined;
  for (std::size_t v = 1; v < output; ++v) {
    std::vector<Place> sources;
    for (std::size_t from = 1; from < v; ++from) {
      if (cell.adjacency[from][v]) {
        sources.push_back(builder.truncate(vertices[from], widths[v]));
      }
    }
    // What comes from the cell's input is brought to the vertex' channels by a layer of its own.
    if (cell.adjacency[0][v]) {
      sources.push_back(add_unit(builder, input, {.channels = widths[v]}));
    }
    vertices.push_back(add_operation(builder, cell.operations[v], builder.add(sources)));
    if (cell.adjacency[v][output]) {
      joined.push_back(vertices.back());
    }
  }
  std::vector<Place> ends;
  if (!joined.empty()) {
    ends.push_back(builder.concatenate(joined));
  }
  if (cell.adjacency[0][output]) {
    ends.push_back(add_unit(builder, input, {.channels = channels}));
  }
  return builder.end_block(builder.add(ends));
}

}  // namespace

Network build_nb101_network(const Architecture& architecture, const NetworkSettings& settings) {
  const Nb101Cell cell = prune(to_nb101_cell(architecture));
  std::uint32_t channels = settings.channels;
  const std::uint32_t cells = settings.cells;
  if (channels < Nb101Cell::max_vertices) {
    throw InputError("a network of nb101 has too few channels: expected at least 7, which a cell's vertices share");
  }
  NetworkBuilder builder(settings.image, InitialWeights::normal_fan_out, InitialWeights::small_normal);
  Place place =
      builder.end_block(add_unit(builder, NetworkBuilder::input(), {.channels = channels, .kernel = 3, .padding = 1}));
  for (std::uint32_t stack = 0; stack < stacks; ++stack) {
    if (stack > 0) {
      place = builder.max_pool(place, 2, 2, 0);
      channels *= 2;
    }
    for (std::uint32_t i = 0; i < cells; ++i) {
      place = add_cell(builder, cell, place, channels);
    }
  }
  return builder.finish(place, settings.classes, PoolInFlops::no);
}

}  // namespace zcmpi
