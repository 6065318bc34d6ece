// NAS-Bench-201's networks (Dong, Yang 2020): a stem, three stages of equal cells at c, 2c and 4c channels, and between
// the stages a residual block that halves the resolution.
#include "zcmpi/nas/nb201.hpp"

#include <fmt/format.h>

#include <vector>

#include "builder.hpp"
#include "networks.hpp"
#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

using Place = NetworkBuilder::Place;

constexpr std::uint32_t stages = 3;

Place add_operation(NetworkBuilder& builder, Nb201Operation operation, Place from) {
  const std::uint32_t channels = builder.shape(from).channels;
  switch (operation) {
    case Nb201Operation::none: return builder.zeros(from, channels, 1);
    case Nb201Operation::skip_connect: return from;
    case Nb201Operation::nor_conv_1x1: return builder.relu_convolution_norm(from, {.channels = channels});
    case Nb201Operation::nor_conv_3x3:
      return builder.relu_convolution_norm(from, {.channels = channels, .kernel = 3, .padding = 1});
    case Nb201Operation::avg_pool_3x3: return builder.average_pool(from, 3, 1, 1);
  }
  return from;
}

Place add_cell(NetworkBuilder& builder, const Nb201Cell& cell, Place input) {
  std::vector<Place> nodes{input};
  for (std::size_t to = 1; to < Nb201Cell::nodes; ++to) {
    std::vector<Place> edges;
    for (std::size_t from = 0; from < to; ++from) {
      edges.push_back(add_operation(builder, cell.operation(from, to), nodes[from]));
    }
    nodes.push_back(builder.add(edges));
  }
  return builder.end_block(nodes.back());
}

/// Doubles the channels and halves the resolution.
Place add_reduction(NetworkBuilder& builder, Place input) {
  const ImageShape& shape = builder.shape(input);
  if (shape.height % 2 != 0 || shape.width % 2 != 0) {
    throw InputError(fmt::format(
        "an odd number of rows or columns, {} x {}, cannot be halved (nb201 network): expected images whose "
        "sizes can be divided by 4",
        shape.height, shape.width));
  }
  const std::uint32_t channels = 2 * builder.shape(input).channels;
  const Place first =
      builder.relu_convolution_norm(input, {.channels = channels, .kernel = 3, .stride = 2, .padding = 1});
  const Place second = builder.relu_convolution_norm(first, {.channels = channels, .kernel = 3, .padding = 1});
  const Place shortcut = builder.convolution(builder.average_pool(input, 2, 2, 0), {.channels = channels});
  return builder.end_block(builder.add(std::vector{shortcut, second}));
}

}  // namespace

Network build_nb201_network(const Architecture& architecture, const NetworkSettings& settings) {
  const Nb201Cell cell = to_nb201_cell(architecture);
  const std::uint32_t channels = settings.channels;
  const std::uint32_t cells = settings.cells;
  NetworkBuilder builder(settings.image);
  Place place = builder.end_block(
      builder.convolution_norm(NetworkBuilder::input(), {.channels = channels, .kernel = 3, .padding = 1}));
  for (std::uint32_t stage = 0; stage < stages; ++stage) {
    if (stage > 0) {
      place = add_reduction(builder, place);
    }
    for (std::uint32_t i = 0; i < cells; ++i) {
      place = add_cell(builder, cell, place);
    }
  }
  return builder.finish(builder.relu(builder.batch_norm(place)), settings.classes);
}

}  // namespace zcmpi
