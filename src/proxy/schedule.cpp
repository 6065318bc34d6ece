#include "schedule.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace zcmpi {

Schedule::Schedule(const Network& network)
    : same_as_(network.layers.size()),
      multiplicity_(network.layers.size(), 0),
      inputs_(network.layers.size()),
      readers_(network.layers.size(), 0),
      scale_invariant_(network.layers.size(), false) {
  find_same(network);
  find_scale_invariant(network);
}

void Schedule::find_same(const Network& network) {
  using Key = std::tuple<LayerKind, std::vector<std::uint32_t>, std::uint32_t, std::uint32_t, std::uint32_t>;
  std::map<Key, std::uint32_t> first_of;
  for (std::uint32_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    for (const auto input : layer.inputs) {
      inputs_[i].push_back(same_as_[input]);
    }
    // Batch normalisations stay apart, because each one has statistics of its own that count in zen.
    const bool own = layer.has_weights() || layer.inputs.empty() || layer.kind == LayerKind::batch_norm;
    same_as_[i] = own ? i
                      : first_of
                            .try_emplace({layer.kind, inputs_[i], layer.kernel, layer.stride,
                                          layer.kind == LayerKind::truncate ? layer.shape.channels : layer.padding},
                                         i)
                            .first->second;
    ++multiplicity_[same_as_[i]];
    if (same_as_[i] == i) {
      for (const auto input : inputs_[i]) {
        ++readers_[input];
      }
    }
  }
}

void Schedule::find_scale_invariant(const Network& network) {
  // Backwards: `whole` is whether a factor on all of an output vanishes, `part` whether one on some channels does.
  std::vector<bool> whole(network.layers.size(), true);
  std::vector<bool> part(network.layers.size(), true);
  for (auto i = static_cast<std::uint32_t>(network.layers.size()); i-- > 0;) {
    if (!is_computed(i)) {
      continue;
    }
    const LayerKind kind = network.layers[i].kind;
    scale_invariant_[i] = kind == LayerKind::convolution && whole[i];
    bool whole_input = false;
    bool part_input = false;
    switch (kind) {
      case LayerKind::batch_norm: whole_input = part_input = true; break;
      case LayerKind::convolution: whole_input = whole[i]; break;
      case LayerKind::concatenate: whole_input = part_input = part[i]; break;
      case LayerKind::average_pool:
      case LayerKind::crop:
      case LayerKind::truncate:
        whole_input = whole[i];
        part_input = part[i];
        break;
      default: break;
    }
    for (const auto input : inputs_[i]) {
      whole[input] = whole[input] && whole_input;
      part[input] = part[input] && part_input;
    }
  }
  // The logits are read by the loss.
  scale_invariant_.back() = false;
}

}  // namespace zcmpi
