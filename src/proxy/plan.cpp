#include "plan.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace zcmpi {
namespace {

constexpr std::array forward{Pass::forward};
constexpr std::array loss_gradient{Pass::forward, Pass::loss_gradient};
constexpr std::array scale_derivative{Pass::forward, Pass::loss_gradient, Pass::scale_derivative};
constexpr std::array input_gradient{Pass::forward, Pass::input_gradient};
constexpr std::array half_gradients{Pass::half_gradients};
constexpr std::array image_gradients{Pass::image_gradients};
constexpr std::array saliency{Pass::saliency};
constexpr std::array gaussian_pair{Pass::gaussian_pair};
constexpr std::array gaussian_forward{Pass::gaussian_forward};
constexpr std::array kaiming_forward{Pass::kaiming_forward};
constexpr std::array block_gradients{Pass::kaiming_forward, Pass::block_gradients};

}  // namespace

std::span<const Pass> passes_of(Proxy proxy) {
  switch (proxy) {
    case Proxy::params:
    case Proxy::flops:
    case Proxy::l2_norm:
    case Proxy::az_complexity: return {};
    case Proxy::grad_norm:
    case Proxy::plain:
    case Proxy::snip:
    case Proxy::fisher: return loss_gradient;
    case Proxy::zico: return half_gradients;
    case Proxy::grasp: return scale_derivative;
    case Proxy::synflow:
    case Proxy::log_synflow: return saliency;
    case Proxy::jacov:
    case Proxy::epe_nas: return input_gradient;
    case Proxy::nwot:
    case Proxy::meco: return forward;
    case Proxy::zen: return gaussian_pair;
    case Proxy::swap: return gaussian_forward;
    case Proxy::ntk_cond: return image_gradients;
    case Proxy::az_expressivity:
    case Proxy::az_progressivity: return kaiming_forward;
    case Proxy::az_trainability: return block_gradients;
  }
  return {};
}

std::optional<Initialisation> initialisation_of(Proxy proxy) {
  if (proxy == Proxy::l2_norm) {
    return Initialisation::standard;
  }
  const auto passes = passes_of(proxy);
  if (passes.empty()) {
    return std::nullopt;
  }
  switch (passes.front()) {
    case Pass::gaussian_pair:
    case Pass::gaussian_forward: return Initialisation::gaussian;
    case Pass::kaiming_forward:
    case Pass::block_gradients: return Initialisation::kaiming;
    case Pass::forward:
    case Pass::loss_gradient:
    case Pass::scale_derivative:
    case Pass::input_gradient:
    case Pass::half_gradients:
    case Pass::image_gradients:
    case Pass::saliency: return Initialisation::standard;
  }
  return std::nullopt;
}

std::vector<Pass> plan_passes(std::span<const Proxy> proxies) {
  std::set<Pass> passes;
  for (const Proxy proxy : proxies) {
    const auto needed = passes_of(proxy);
    passes.insert(needed.begin(), needed.end());
  }
  return {passes.begin(), passes.end()};
}

}  // namespace zcmpi
