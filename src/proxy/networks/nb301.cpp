// Networks of DARTS' cells (Liu, Simonyan, Yang 2019), as NAS-Bench-Suite-Zero computes proxies of NAS-Bench-301's
// architectures with: eight cells, those after a third and two thirds being reduction cells, without the auxiliary
// head.
#include "zcmpi/nas/nb301.hpp"

#include <utility>
#include <vector>

#include "builder.hpp"
#include "networks.hpp"

namespace zcmpi {
namespace {

using Place = NetworkBuilder::Place;

/// The stem brings so many times the channels of a node.
constexpr std::uint32_t stem_multiplier = 3;

/// A depthwise convolution and a pointwise one.
Place add_separable(NetworkBuilder& builder, Place from, std::uint32_t kernel, std::uint32_t stride,
                    std::uint32_t dilation) {
  const std::uint32_t channels = builder.shape(from).channels;
  const Place depthwise = builder.convolution(builder.relu(from), {.channels = channels,
                                                                   .kernel = kernel,
                                                                   .stride = stride,
                                                                   .padding = dilation * (kernel - 1) / 2,
                                                                   .dilation = dilation,
                                                                   .groups = channels});
  return builder.convolution_norm(depthwise, {.channels = channels}, Affine::no);
}

Place add_operation(NetworkBuilder& builder, DartsOperation operation, Place from, std::uint32_t stride) {
  switch (operation) {
    case DartsOperation::max_pool_3x3: return builder.batch_norm(builder.max_pool(from, 3, stride, 1), Affine::no);
    case DartsOperation::avg_pool_3x3: return builder.batch_norm(builder.average_pool(from, 3, stride, 1), Affine::no);
    case DartsOperation::skip_connect:
      return stride == 1 ? from : builder.factorized_reduction(from, builder.shape(from).channels, Affine::no);
    case DartsOperation::sep_conv_3x3:
      return add_separable(builder, add_separable(builder, from, 3, stride, 1), 3, 1, 1);
    case DartsOperation::sep_conv_5x5:
      return add_separable(builder, add_separable(builder, from, 5, stride, 1), 5, 1, 1);
    case DartsOperation::dil_conv_3x3: return add_separable(builder, from, 3, stride, 2);
    case DartsOperation::dil_conv_5x5: return add_separable(builder, from, 5, stride, 2);
  }
  return from;
}

/// `nodes` begins with the cell's two inputs, whose outgoing edges have the stride; returns the cell's output, where a
/// block ends.
Place add_cell(NetworkBuilder& builder, const DartsCell& cell, std::vector<Place> nodes, std::uint32_t stride) {
  std::vector<Place> joined;
  for (std::size_t node = 0; node < DartsCell::nodes; ++node) {
    std::vector<Place> sources;
    for (std::size_t edge = 2 * node; edge < 2 * node + 2; ++edge) {
      const auto [input, operation] = cell.edges[edge];
      sources.push_back(add_operation(builder, operation, nodes[input], input < DartsCell::inputs ? stride : 1));
    }
    nodes.push_back(builder.add(sources));
    joined.push_back(nodes.back());
  }
  return builder.end_block(builder.concatenate(joined));
}

}  // namespace

Network build_nb301_network(const Architecture& architecture, const NetworkSettings& settings) {
  const DartsNetwork cells = to_darts_network(architecture);
  std::uint32_t channels = settings.channels;
  const std::uint32_t count = settings.cells;
  NetworkBuilder builder(settings.image);
  Place last = builder.end_block(builder.convolution_norm(
      NetworkBuilder::input(), {.channels = stem_multiplier * channels, .kernel = 3, .padding = 1}));
  Place before_last = last;
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool reduces = i == count / 3 || i == 2 * count / 3;
    channels *= reduces ? 2U : 1U;
    // After a reduction cell the cell before it has still twice the resolution.
    const auto& wide = builder.shape(before_last);
    const auto& narrow = builder.shape(last);
    const bool resolutions_differ = wide.height != narrow.height || wide.width != narrow.width;
    const Place first = resolutions_differ ? builder.factorized_reduction(before_last, channels)
                                           : builder.relu_convolution_norm(before_last, {.channels = channels});
    const Place second = builder.relu_convolution_norm(last, {.channels = channels});
    const Place cell = add_cell(builder, reduces ? cells.reduction : cells.normal, {first, second}, reduces ? 2 : 1);
    before_last = std::exchange(last, cell);
  }
  return builder.finish(last, settings.classes);
}

}  // namespace zcmpi
