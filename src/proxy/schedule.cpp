#include "schedule.hpp"

#include <map>
#include <tuple>
#include <utility>

namespace zcmpi {

Schedule::Schedule(const Network& network)
    : same_as_(network.layers.size()),
      multiplicity_(network.layers.size(), 0),
      inputs_(network.layers.size()),
      readers_(network.layers.size(), 0) {
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

}  // namespace zcmpi
