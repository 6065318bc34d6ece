#include "zcmpi/proxy/proxies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/text.hpp"

namespace zcmpi {
namespace {

constexpr std::string_view zero_cost_nas = "Abdelfattah et al. 2021";
constexpr std::string_view az_nas = "Lee, Ham 2024 (AZ-NAS)";

constexpr std::array descriptions{
    ProxyDescription{Proxy::params, "params", "parameters, in millions", "-"},
    ProxyDescription{Proxy::flops, "flops", "operations for one image as the benchmark counts them, in millions", "-"},
    ProxyDescription{Proxy::l2_norm, "l2_norm", "sum of the layers' weight norms", zero_cost_nas},
    ProxyDescription{Proxy::grad_norm, "grad_norm", "sum of the layers' gradient norms", zero_cost_nas},
    ProxyDescription{Proxy::plain, "plain", "sum of weight times gradient", zero_cost_nas},
    ProxyDescription{Proxy::snip, "snip", "sum of |weight times gradient|", "Lee, Ajanthan, Torr 2019"},
    ProxyDescription{Proxy::fisher, "fisher", "squared activation times gradient, by channel", "Turner et al. 2020"},
    ProxyDescription{Proxy::zico, "zico", "mean over deviation of gradients between half batches", "Li et al. 2023"},
    ProxyDescription{Proxy::grasp, "grasp", "weights times Hessian times gradient, negated",
                     "Wang, Zhang, Grosse 2020"},
    ProxyDescription{Proxy::synflow, "synflow", "ln of the synaptic saliency without data", "Tanaka et al. 2020"},
    ProxyDescription{Proxy::jacov, "jacov", "how independent the images' input gradients are", "Mellor et al. 2020"},
    ProxyDescription{Proxy::epe_nas, "epe_nas", "correlations of input gradients within classes",
                     "Lopes, Alirezazadeh, Alexandre 2021"},
    ProxyDescription{Proxy::nwot, "nwot", "ln det of the images' agreement in ReLU patterns", "Mellor et al. 2021"},
    ProxyDescription{Proxy::zen, "zen", "ln of the response to a small change of a random input", "Lin et al. 2021"},
    ProxyDescription{Proxy::meco, "meco", "sum of the smallest eigenvalues of channel correlations",
                     "Jiang et al. 2023"},
    ProxyDescription{Proxy::swap, "swap", "distinct sign patterns of units over the batch", "Peng et al. 2024"},
    ProxyDescription{Proxy::ntk_cond, "ntk_cond", "condition number of the neural tangent kernel",
                     "Chen, Gong, Wang 2021 (TE-NAS)"},
    ProxyDescription{Proxy::az_expressivity, "az_expressivity", "entropy of the blocks' channel spectra, in sum",
                     az_nas},
    ProxyDescription{Proxy::az_progressivity, "az_progressivity", "smallest increase of that entropy between blocks",
                     az_nas},
    ProxyDescription{Proxy::az_trainability, "az_trainability", "how near the blocks' gradient maps are to isometries",
                     az_nas},
    ProxyDescription{Proxy::az_complexity, "az_complexity", "FLOPs, in millions", az_nas},
    ProxyDescription{Proxy::log_synflow, "log_synflow", "synaptic saliency with the gradients' logarithms",
                     "Cavagnero et al. 2023 (FreeREA)"},
};

/// NAS-Bench-Suite-Zero's (Krishnakumar et al. 2022).
constexpr std::array suite_zero{Proxy::epe_nas, Proxy::fisher,  Proxy::flops, Proxy::grad_norm, Proxy::grasp,
                                Proxy::jacov,   Proxy::l2_norm, Proxy::nwot,  Proxy::params,    Proxy::plain,
                                Proxy::snip,    Proxy::synflow, Proxy::zen};

Proxy parse_proxy(std::string_view name, std::string_view also) {
  const auto found = find_proxy(name);
  if (!found) {
    std::vector<std::string_view> names;
    std::ranges::transform(descriptions, std::back_inserter(names), &ProxyDescription::name);
    if (!also.empty()) {
      names.push_back(also);
    }
    const auto expected = fmt::format("expected all, nbsz, or some of {}", join(names, ","));
    throw InputError(fmt::format("unknown proxy '{}': {}", name, suggestion(name, names, expected)));
  }
  return *found;
}

}  // namespace

std::span<const ProxyDescription> all_proxies() { return descriptions; }

std::string_view to_text(Proxy proxy) { return descriptions[static_cast<std::size_t>(proxy)].name; }

std::optional<Proxy> find_proxy(std::string_view name) {
  const auto* const found = std::ranges::find(descriptions, name, &ProxyDescription::name);
  return found == descriptions.end() ? std::nullopt : std::optional(found->proxy);
}

std::vector<Proxy> parse_proxies(std::string_view text, std::string_view also) {
  std::vector<Proxy> proxies;
  if (text == "all") {
    std::ranges::transform(descriptions, std::back_inserter(proxies), &ProxyDescription::proxy);
    return proxies;
  }
  if (text == "nbsz") {
    return {suite_zero.begin(), suite_zero.end()};
  }
  for (const auto name : split_at_commas(text)) {
    const Proxy proxy = parse_proxy(name, also);
    if (std::ranges::find(proxies, proxy) != proxies.end()) {
      throw InputError(fmt::format("the proxy '{}' is named twice: name it once", to_text(proxy)));
    }
    proxies.push_back(proxy);
  }
  return proxies;
}

}  // namespace zcmpi
