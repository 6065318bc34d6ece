/// \file
/// Zero-cost proxies of untrained networks: docs/proxies.md defines each one. What shares a pass over the network is
/// computed in the same one.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zcmpi/data/image_batch.hpp"
#include "zcmpi/proxy/network.hpp"

namespace zcmpi {

enum class Proxy : std::uint8_t {
  params,
  flops,
  l2_norm,
  grad_norm,
  plain,
  snip,
  fisher,
  zico,
  grasp,
  synflow,
  jacov,
  epe_nas,
  nwot,
  zen,
  meco,
  swap,
  ntk_cond,
  az_expressivity,
  az_progressivity,
  az_trainability,
  az_complexity,
  log_synflow,
};

/// Raised when the value of a proxy changes for the same network, batch and seed.
inline constexpr int proxy_definitions_version = 3;

struct ProxyDescription {
  Proxy proxy{};
  /// The name of the terminal.
  std::string_view name;
  /// One line for people.
  std::string_view description;
  std::string_view source;
};

/// All proxies, in the order of the enumeration.
std::span<const ProxyDescription> all_proxies();

std::string_view to_text(Proxy proxy);

/// nullopt when no proxy has this name.
std::optional<Proxy> find_proxy(std::string_view name);

/// Reads names separated by commas, `all`, or `nbsz` for the 13 of NAS-Bench-Suite-Zero. Throws InputError that
/// suggests a name; `also` is one that the caller takes besides.
std::vector<Proxy> parse_proxies(std::string_view text, std::string_view also = "");

/// Empty when the proxy can be computed here: without LibTorch, only what needs no pass over the network. Loads
/// LibTorch to know.
std::string why_not_computable(Proxy proxy);
/// What to do about it.
inline constexpr std::string_view torch_remedy =
    "a build with ZCMPI_ENABLE_TORCH=ON and LibTorch's libraries where it was built with them";

/// How many CUDA devices LibTorch can use in this process; 0 without CUDA.
int proxy_device_count();

struct ProxyOptions {
  /// Of the weights and of random inputs.
  std::uint64_t seed = 1;
  /// Images of the batch, from its beginning, that ntk_cond is computed with: it needs a backward pass for each.
  std::uint32_t ntk_images = 16;
  /// Below proxy_device_count(); nullopt: the host.
  std::optional<int> cuda_device{};
  NetworkArithmetic arithmetic = NetworkArithmetic::fastest;
};

struct ProxyValue {
  Proxy proxy{};
  /// NaN when there is none; then `reason` says why in a few words.
  double value = std::numeric_limits<double>::quiet_NaN();
  std::string reason{};
  /// What it would have cost alone: the passes it takes part in and its own arithmetic.
  double seconds = 0.0;
};

/// The proxies of a network of random weights on one batch, in the order they are asked for. The same on every call
/// with the same arguments on the same machine; between machines floating-point sums differ in the last digits. A proxy
/// that cannot be computed, for no path leads through the network, a number is not finite or there is no
/// LibTorch, or its memory does not suffice, is missing with a reason. Throws InputError when the batch does not fit
/// the network. Runs on one thread, and sets LibTorch to one thread. On a CUDA device the passes run there, and what is
/// small or needs exact sums (patterns, eigenvalues) is fetched and computed on the host.
std::vector<ProxyValue> compute_proxies(const Network& network, const ImageBatch& batch, std::span<const Proxy> proxies,
                                        const ProxyOptions& options = {});

/// Gives the system back what computations have freed: the process keeps it for the next one, once LibTorch is loaded.
void release_freed_memory();

}  // namespace zcmpi
