#include "zcmpi/proxy/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "networks/networks.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/text.hpp"

namespace zcmpi {
namespace {

struct SpaceNetworks {
  std::string_view space;
  /// What the benchmark computes its zero-cost proxies with.
  std::uint32_t channels = 0;
  std::uint32_t cells = 0;
  Network (*build)(const Architecture& architecture, const NetworkSettings& settings);
};

constexpr std::array spaces_with_networks{
    SpaceNetworks{"nb101", 128, 3, build_nb101_network},
    SpaceNetworks{"nb201", 16, 5, build_nb201_network},
    SpaceNetworks{"nb301", 32, 8, build_nb301_network},
    SpaceNetworks{"tnb101-macro", 64, 2, build_tnb101_macro_network},
    SpaceNetworks{"tnb101-micro", 64, 2, build_tnb101_micro_network},
};

/// nullptr where none are known.
const SpaceNetworks* find_networks(const SearchSpace& space) {
  const auto* const found = std::ranges::find(spaces_with_networks, space.name(), &SpaceNetworks::space);
  return found == spaces_with_networks.end() ? nullptr : found;
}

const SpaceNetworks& networks_of(const SearchSpace& space) {
  const auto* const found = find_networks(space);
  if (found == nullptr) {
    std::vector<std::string_view> known;
    std::ranges::transform(spaces_with_networks, std::back_inserter(known), &SpaceNetworks::space);
    throw InputError(fmt::format("no networks are known of the space {}: expected one of {}", space.name(),
                                 join(std::span<const std::string_view>(known), ", ")));
  }
  return *found;
}

void check_settings(const NetworkSettings& settings) {
  const auto& [channels, height, width] = settings.image;
  if (settings.classes == 0 || channels == 0 || height == 0 || width == 0) {
    throw InputError(
        fmt::format("a network for {} classes and images of {} x {} x {} cannot be built: expected at "
                    "least 1 of each",
                    settings.classes, channels, height, width));
  }
}

/// Parameters and FLOPs of larger networks would not fit their numbers; no machine computes them.
constexpr double most_flops = 1e18;

void check_size(const Network& network) {
  double flops = 0.0;
  for (const auto& layer : network.layers) {
    const double numbers = static_cast<double>(layer.shape.size());
    flops += numbers * std::max<double>(layer.fan_in, layer.kernel * layer.kernel);
  }
  if (flops > most_flops) {
    throw InputError(fmt::format(
        "the network is too large, with about {:.2g} FLOPs an image: expected at most {:.0e}; ask for fewer "
        "channels or cells, or smaller images",
        flops, most_flops));
  }
}

std::uint64_t parameters_of(const Layer& layer) {
  switch (layer.kind) {
    case LayerKind::convolution: return layer.weights();
    case LayerKind::linear: return layer.weights() + layer.shape.channels;
    case LayerKind::batch_norm: return layer.affine ? std::uint64_t{2} * layer.shape.channels : 0;
    default: return 0;
  }
}

std::uint64_t flops_of(const Layer& layer, const ImageShape& input) {
  const std::uint64_t size = layer.shape.size();
  switch (layer.kind) {
    case LayerKind::convolution:
    case LayerKind::linear: return size * layer.fan_in;
    case LayerKind::batch_norm: return layer.affine ? 2 * size : size;
    case LayerKind::relu: return size;
    case LayerKind::average_pool:
    case LayerKind::max_pool: return size * layer.kernel * layer.kernel;
    case LayerKind::global_average_pool: return layer.in_flops ? size * (input.height + 1) * (input.width + 1) : 0;
    default: return 0;
  }
}

}  // namespace

std::string_view to_text(LayerKind kind) {
  switch (kind) {
    case LayerKind::input: return "input";
    case LayerKind::zeros: return "zeros";
    case LayerKind::convolution: return "convolution";
    case LayerKind::batch_norm: return "batch_norm";
    case LayerKind::relu: return "relu";
    case LayerKind::average_pool: return "average_pool";
    case LayerKind::max_pool: return "max_pool";
    case LayerKind::global_average_pool: return "global_average_pool";
    case LayerKind::linear: return "linear";
    case LayerKind::add: return "add";
    case LayerKind::concatenate: return "concatenate";
    case LayerKind::truncate: return "truncate";
    case LayerKind::crop: return "crop";
  }
  return "";
}

bool has_networks(const SearchSpace& space) { return find_networks(space) != nullptr; }

NetworkSettings complete(const SearchSpace& space, NetworkSettings settings) {
  const SpaceNetworks& networks = networks_of(space);
  settings.channels = settings.channels == 0 ? networks.channels : settings.channels;
  settings.cells = settings.cells == 0 ? networks.cells : settings.cells;
  return settings;
}

Network build_network(const SearchSpace& space, const Architecture& architecture, const NetworkSettings& settings) {
  check_settings(settings);
  Network network = networks_of(space).build(architecture, complete(space, settings));
  check_size(network);
  return network;
}

std::uint64_t count_parameters(const Network& network) {
  std::uint64_t sum = 0;
  for (const auto& layer : network.layers) {
    sum += parameters_of(layer);
  }
  return sum;
}

std::uint64_t count_flops(const Network& network) {
  std::uint64_t sum = 0;
  for (const auto& layer : network.layers) {
    sum += layer.inputs.empty() ? 0 : flops_of(layer, network.layers[layer.inputs.front()].shape);
  }
  return sum;
}

}  // namespace zcmpi
